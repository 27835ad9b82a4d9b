/** `npm run eval:ask`: any set of questions over any databases, through the product's own path. docs/evaluation.md. */
import { readFile } from "node:fs/promises";
import type { AskedQuestion } from "./ask-questions.ts";
import { measureMemory } from "./memory.ts";
import {
  createEvaluatedEngine,
  evaluationModel,
  evaluationOptions,
  percentage,
  readArgs,
  required,
} from "./options.ts";
import { summaryLines } from "./print-summary.ts";
import { parseQuestions, type Question } from "./question-file.ts";
import { compareWith, describeRun, writeReport } from "./report.ts";
import { type EvaluationOptions, forEachDatabase, runEvaluation } from "./run-evaluation.ts";
import { askSeeded, seededGolds } from "./seeded.ts";
import { summarise } from "./summary.ts";

async function main(): Promise<void> {
  const args = readArgs();
  const questions = parseQuestions(await readFile(required(args.questions, "questions"), "utf8"));
  const memory = await measureMemory(createEvaluatedEngine);
  const databases = required(args.database, "database");
  const options = evaluationOptions(args, databases, await evaluationModel(args.model, databases));
  const share = percentage(args.seeded);
  const asked =
    share > 0
      ? await runSeeded(options, questions, share)
      : await runEvaluation(options, questions);
  const summary = summarise(asked);
  for (const line of summaryLines(summary)) console.log(line);
  console.log(`memory of the engine: ${(memory.engineBytes / 1_048_576).toFixed(1)} MiB`);
  if (args.compare !== undefined)
    for (const line of await compareWith(args.compare, asked)) console.log(line);
  if (args.report !== undefined)
    await writeReport(args.report, {
      run: { ...describeRun(options), questions: args.questions, seeded: share },
      memory,
      summary,
      asked,
    });
}

async function runSeeded(
  options: EvaluationOptions,
  questions: readonly Question[],
  share: number,
): Promise<readonly AskedQuestion[]> {
  const chosen = seededGolds(questions, share);
  const rounds = await forEachDatabase(options, questions, (round) => askSeeded(round, chosen));
  const sum = (of: "taught" | "notTaught") => rounds.reduce((n, round) => n + round[of], 0);
  console.log(
    `seeded ${share} %: ${sum("taught")} taught, ${sum("notTaught")} not held by PostgreSQL`,
  );
  return rounds.flatMap(({ asked }) => asked);
}

await main();

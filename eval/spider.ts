/** `npm run bench:ask`: the figures of Spider's development set, by shape and seeded. docs/evaluation.md. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import type { AskedQuestion } from "./ask-questions.ts";
import { measureMemory } from "./memory.ts";
import {
  createEvaluatedEngine,
  evaluationOptions,
  percentage,
  readSpiderArgs,
  required,
} from "./options.ts";
import { parseCsv } from "./parse-csv.ts";
import { figureText, section, summaryLines } from "./print-summary.ts";
import type { Question } from "./question-file.ts";
import { compareWith, describeRun, writeReport } from "./report.ts";
import { askAll, forEachDatabase, type Round } from "./run-evaluation.ts";
import { askSeeded, type SeededRound, seededGolds } from "./seeded.ts";
import { shapeOf } from "./shape.ts";
import { type Answerable, each, figures, summarise } from "./summary.ts";

interface SeededFigures {
  readonly percent: number;
  readonly taught: number;
  readonly notTaught: number;
  readonly figures: Answerable;
}

async function main(): Promise<void> {
  const args = readSpiderArgs();
  const root = required(args.spider, "spider");
  const questions = readSpider(await readFile(join(root, args.file), "utf8"));
  const memory = await measureMemory(createEvaluatedEngine);
  const options = evaluationOptions(args, join(root, "databases"));
  const shares = args.shares.split(",").filter(Boolean).map(percentage);
  const chosen = shares.map((share) => seededGolds(questions, share));
  const rounds = await forEachDatabase(options, questions, async (round) => ({
    asked: await askAll(round),
    seeded: await askShares(round, chosen),
  }));
  const asked = rounds.flatMap((round) => round.asked);
  const seeded = shares.map((percent, at) =>
    seededFigures(
      percent,
      rounds.flatMap((round) => round.seeded[at] ?? []),
    ),
  );
  const summary = summarise(asked);
  const byShape = await figuresByShape(asked);
  for (const line of summaryLines(summary)) console.log(line);
  for (const line of section("by shape", byShape)) console.log(line);
  for (const line of section("by database", summary.byDatabase)) console.log(line);
  for (const line of seeded.flatMap(seededLines)) console.log(line);
  console.log(`memory of the engine: ${(memory.engineBytes / 1_048_576).toFixed(1)} MiB`);
  if (args.compare !== undefined)
    for (const line of await compareWith(args.compare, asked)) console.log(line);
  if (args.report !== undefined)
    await writeReport(args.report, {
      run: { ...describeRun(options), questions: args.file },
      ...{ memory, summary, byShape, seeded, asked },
    });
}

/** Columns `database,question,sql`. */
function readSpider(text: string): readonly Question[] {
  const [, ...rows] = parseCsv(text);
  return rows.map(([database, question, sql], at) => {
    if (!database || !question || !sql) throw new Error(`row ${at + 2} lacks a cell`);
    return { id: `spider-${at + 1}`, database, question, sql, expect: "answer" };
  });
}

async function askShares(
  round: Round,
  chosen: readonly ReadonlySet<string>[],
): Promise<readonly SeededRound[]> {
  const rounds: SeededRound[] = [];
  for (const golds of chosen) rounds.push(await askSeeded(round, golds));
  return rounds;
}

function seededFigures(percent: number, rounds: readonly SeededRound[]): SeededFigures {
  const sum = (of: "taught" | "notTaught") => rounds.reduce((n, round) => n + round[of], 0);
  return {
    percent,
    taught: sum("taught"),
    notTaught: sum("notTaught"),
    figures: figures(rounds.flatMap(({ asked }) => asked)),
  };
}

function seededLines({ percent, taught, notTaught, figures: of }: SeededFigures) {
  return [
    `seeded ${percent} % (${taught} taught, ${notTaught} not held by PostgreSQL): ex_answered ${figureText(of.ex_answered)}`,
    `  ex_top ${figureText(of.ex_top)}; precision ${figureText(of.precision)}`,
  ];
}

async function figuresByShape(asked: readonly AskedQuestion[]) {
  const parser = await createLibpgParser();
  return each(asked, ({ gold }) => (gold === undefined ? undefined : shapeOf(gold, parser)));
}

await main();

/**
 * Has the network propose programs for questions of databases it did not learn from, runs them, and writes which were
 * right: what ranking and calibration are fitted to.
 * `node training/collect.ts --spider DIR --network DIR --out FILE`
 */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sameResult } from "../eval/compare.ts";
import { defaultBudget, forEachDatabase, type Round } from "../eval/run-evaluation.ts";
import { isOrdered } from "../eval/sql-tokens.ts";
import { loadDateReader } from "../shared/adapters/chrono/date-reader.ts";
import { openNetwork } from "../shared/adapters/question-network/load-network.ts";
import { createAskEngine } from "../shared/ask/engine.ts";
import { evidenceOf } from "../shared/ask/network/evidence.ts";
import type {
  Proposal,
  QuestionNetwork,
  QuestionReading,
} from "../shared/ask/network/question-network.ts";
import { renderProgram } from "../shared/ask/network/render-program.ts";
import type { Now } from "../shared/ask/ports.ts";
import type { CollectedQuestion } from "./fit.ts";
import { databasesIn, isKeptBack, readSpider, readSynonyms } from "./questions.ts";

/** Of the questions of other databases, one in so many is put to each. */
const EVERY_STRANGE = 40;
const NOW = Date.UTC(2026, 4, 14, 12);
const ASKED: Now = { at: NOW, dates: await loadDateReader() };

const { values: args } = parseArgs({
  options: {
    spider: { type: "string", default: "" },
    synonyms: { type: "string", default: "" },
    network: { type: "string", default: "shared/ask/network/assets" },
    out: { type: "string", default: "" },
  },
});

async function main(): Promise<void> {
  const { network } = await openNetwork((name) => readFile(join(args.network, name)));
  const train = await readSpider(join(args.spider, "train_queries.csv"));
  const synonyms = await readSynonyms(args.synonyms, train);
  const questions = [...train, ...synonyms]
    .filter((one) => isKeptBack(one.database))
    .map((one, at) => ({ ...one, id: String(at), expect: "answer" as const }));
  const databases = databasesIn(args.spider);
  const options = {
    engine: createAskEngine(loadDateReader),
    postgres: "pglite" as const,
    databases,
    now: NOW,
    budget: { ...defaultBudget, timeoutMs: 10_000 },
    say: (line: string) => process.stderr.write(`${line}\n`),
  };
  const collected = await forEachDatabase(options, questions, async (round) => {
    const all: CollectedQuestion[] = [];
    for (const { question, sql } of round.questions) {
      all.push(await collect(network, round, question, sql ?? ""));
    }
    const strange = questions.filter((one) => one.database !== round.database.name);
    for (const { question } of strange.filter((_, at) => at % EVERY_STRANGE === 0)) {
      all.push(collectStrange(network, round, question));
    }
    return all;
  });
  await writeFile(
    args.out,
    collected
      .flat()
      .map((one) => JSON.stringify(one))
      .join("\n"),
  );
}

/** A question of another database: whatever is proposed is wrong. */
function collectStrange(
  network: QuestionNetwork,
  { database, schema }: Round,
  question: string,
): CollectedQuestion {
  const reading = network.read(question, schema, ASKED);
  const proposals = network.propose(reading);
  const candidates = proposals.map((_, at) => ({
    right: false,
    evidence: evidenceOf(reading, proposals, at),
  }));
  return { database: database.name, question, candidates };
}

async function collect(
  network: QuestionNetwork,
  round: Round,
  question: string,
  sql: string,
): Promise<CollectedQuestion> {
  const reading = network.read(question, round.schema, ASKED);
  const proposals = network.propose(reading);
  const gold = await round.gold(sql);
  const candidates: CollectedQuestion["candidates"][number][] = [];
  for (const [at, proposal] of proposals.entries()) {
    const rows = gold.kind === "rows" ? await run(round, reading, proposal) : undefined;
    const right =
      rows !== undefined && gold.kind === "rows" && sameResult(gold.rows, rows, isOrdered(sql));
    candidates.push({ right, evidence: evidenceOf(reading, proposals, at) });
  }
  return { database: round.database.name, question, candidates };
}

async function run(
  round: Round,
  { graph, candidates }: QuestionReading,
  { program }: Proposal,
): Promise<Parameters<typeof sameResult>[1] | undefined> {
  try {
    const rendered = renderProgram(program, {
      graph,
      candidates,
      dialect: "postgres",
      preference: () => 0,
    });
    const result = await round.database.predictions(rendered);
    return result.kind === "rows" ? result.rows : undefined;
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

await main();
process.exit(0);

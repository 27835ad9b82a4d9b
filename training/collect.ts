/**
 * Has the network propose programs for questions of databases it did not learn from, runs them, and writes which were
 * right: what ranking and calibration are fitted to.
 * `node training/collect.ts --spider DIR --synonyms FILE --out FILE [--network DIR] [--part 0/1]`
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sameResult } from "../eval/compare.ts";
import type { Question } from "../eval/question-file.ts";
import { defaultBudget, forEachDatabase, type Round } from "../eval/run-evaluation.ts";
import { seededGolds, teach } from "../eval/seeded.ts";
import { isOrdered } from "../eval/sql-tokens.ts";
import { loadDateReader } from "../shared/adapters/chrono/date-reader.ts";
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import { openNetwork } from "../shared/adapters/question-network/load-network.ts";
import { createAskEngine } from "../shared/ask/engine.ts";
import { asAsked, shareOf } from "../shared/ask/network/as-asked.ts";
import { evidenceOf } from "../shared/ask/network/evidence.ts";
import type { KeyPreference } from "../shared/ask/network/join-tables.ts";
import { keyPreference } from "../shared/ask/network/key-preference.ts";
import type { SelectReader } from "../shared/ask/network/parsed-sql.ts";
import type {
  Proposal,
  QuestionNetwork,
  QuestionReading,
} from "../shared/ask/network/question-network.ts";
import { renderProgram } from "../shared/ask/network/render-program.ts";
import { suggestionsFor } from "../shared/ask/network/suggest.ts";
import type { Now, VerifiedExample } from "../shared/ask/ports.ts";
import { createSelectReader } from "../shared/compose-network.ts";
import type { CollectedQuestion } from "./fit.ts";
import { databasesIn, isKeptBack, readSpider, readSynonyms } from "./questions.ts";

/** Of the questions of other databases, one in so many is put to each. */
const EVERY_STRANGE = 40;
/** For so many of the golds one question is taught; the others are asked with and without what was taught. */
const TAUGHT_PERCENT = 50;
const NOW = Date.UTC(2026, 4, 14, 12);
const ASKED: Now = { at: NOW, dates: await loadDateReader() };

const rules = createAskEngine(loadDateReader);

const { values: args } = parseArgs({
  options: {
    spider: { type: "string", default: "" },
    synonyms: { type: "string", default: "" },
    network: { type: "string", default: "shared/ask/network/assets" },
    out: { type: "string", default: "" },
    /** Of how many parts of the databases this run takes which: `0/2`, `1/2`. */
    part: { type: "string", default: "0/1" },
  },
});

async function main(): Promise<void> {
  const { network } = await openNetwork((name) => readFile(join(args.network, name)));
  const readSql = createSelectReader(await createLibpgParser());
  const questions = await keptQuestions();
  const chosen = seededGolds(questions, TAUGHT_PERCENT);
  const options = {
    engine: rules,
    postgres: "pglite" as const,
    databases: databasesIn(args.spider),
    now: NOW,
    budget: { ...defaultBudget, timeoutMs: 3_000 },
    say: (line: string) => process.stderr.write(`${line}\n`),
  };
  const own = questions.filter((one) => inPart(one.database));
  const collected = await forEachDatabase(options, own, async (round) => {
    const place: Place = { network, readSql, round };
    const all: CollectedQuestion[] = [];
    for (const one of round.questions) {
      all.push(await collect(place, one, []));
    }
    const { examples, asked } = await teach(round, chosen);
    for (const one of asked) {
      all.push(await collect(place, one, examples));
    }
    const strange = questions.filter((one) => one.database !== round.database.name);
    for (const { question } of strange.filter((_, at) => at % EVERY_STRANGE === 0)) {
      all.push(collectStrange(place, question, examples));
    }
    return all;
  });
  const lines = collected.flat().map((one) => JSON.stringify(one));
  await writeFile(args.out, lines.join("\n"));
}

async function keptQuestions(): Promise<readonly Question[]> {
  const train = await readSpider(join(args.spider, "train_queries.csv"));
  const synonyms = await readSynonyms(args.synonyms, train);
  return [...train, ...synonyms]
    .filter((one) => isKeptBack(one.database))
    .map((one, at) => ({ ...one, id: String(at), expect: "answer", group: one.origin }));
}

/** Several processes may share the databases out among them. */
function inPart(database: string): boolean {
  const [part = 0, parts = 1] = args.part.split("/").map(Number);
  return createHash("sha256").update(database).digest().readUInt32LE(4) % parts === part;
}

interface Place {
  readonly network: QuestionNetwork;
  readonly readSql: SelectReader;
  readonly round: Round;
}

/** What network, rules and examples make of a question. */
function propose(
  { network, readSql, round: { schema } }: Place,
  question: string,
  examples: readonly VerifiedExample[],
): { readonly reading: QuestionReading; readonly proposals: readonly Proposal[] } {
  const input = { question, schema, examples, now: ASKED };
  const reading = network.read(question, schema, ASKED);
  const { readings } = rules.answer(input);
  const suggestions = suggestionsFor(readSql, reading, input, readings);
  return { reading, proposals: network.propose(reading, suggestions) };
}

/** A question of another database: whatever is proposed is wrong. */
function collectStrange(
  place: Place,
  question: string,
  examples: readonly VerifiedExample[],
): CollectedQuestion {
  const { reading, proposals } = propose(place, question, examples);
  const candidates = evidenceOf(reading, proposals).map((evidence) => ({ right: false, evidence }));
  return { database: place.round.database.name, question, origin: "strange", candidates };
}

async function collect(
  place: Place,
  { question, sql = "", group }: Question,
  examples: readonly VerifiedExample[],
): Promise<CollectedQuestion> {
  const { reading, proposals } = propose(place, question, examples);
  const { database, gold: goldOf } = place.round;
  const gold = await goldOf(sql);
  const evidence = evidenceOf(reading, proposals);
  const preference = keyPreference(reading);
  const candidates: CollectedQuestion["candidates"][number][] = [];
  for (const [at, proposal] of proposals.entries()) {
    const rows =
      gold.kind === "rows" ? await run(place.round, reading, preference, proposal) : undefined;
    const right =
      rows !== undefined && gold.kind === "rows" && sameResult(gold.rows, rows, isOrdered(sql));
    candidates.push({ right, evidence: evidence[at] ?? [] });
  }
  const origin = examples.length > 0 ? "taught" : (group ?? "");
  return { database: database.name, question, origin, candidates };
}

async function run(
  round: Round,
  reading: QuestionReading,
  preference: KeyPreference,
  { program, statement }: Proposal,
): Promise<Parameters<typeof sameResult>[1] | undefined> {
  try {
    const { graph, candidates, tokens } = reading;
    const shared = { graph, candidates, dialect: "postgres", preference } as const;
    const result = await round.database.predictions(
      program === undefined
        ? statement
        : renderProgram(asAsked(program, reading), { ...shared, shareOf: shareOf(tokens) }),
    );
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

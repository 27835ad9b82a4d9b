/** All questions of an evaluation, database by database: each is loaded once, asked, and closed before the next. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import type { AskEngine, VerifiedExample } from "../shared/ask/ports.ts";
import type { SemanticModel } from "../shared/contract/semantic-model.ts";
import { demoExamples } from "../shared/demo/examples.ts";
import type { SourceSchema } from "../shared/sources/ports.ts";
import { createSqlGuard } from "../shared/sql/sql-guard.ts";
import {
  type AskDeps,
  type AskedQuestion,
  askQuestion,
  createGoldRunner,
  type GoldRunner,
} from "./ask-questions.ts";
import { type DatabaseFiles, DEMO, findDatabase } from "./find-databases.ts";
import { type OpenDatabase, openDatabase } from "./open-database.ts";
import { openHost, type PostgresHost } from "./postgres-host.ts";
import type { Question } from "./question-file.ts";
import { readKnowledge } from "./read-model.ts";
import { readSchema } from "./read-schema.ts";
import type { RunBudget } from "./run-result.ts";

export interface EvaluationOptions {
  readonly engine: AskEngine;
  readonly postgres: PostgresHost["engine"];
  /** A folder of databases, or `demo`. */
  readonly databases: string;
  /** Milliseconds since the Unix epoch: what "today" means. */
  readonly now: number;
  readonly budget: RunBudget;
  /** What the words of the database mean; null where nobody says. */
  readonly model?: SemanticModel | null;
  /** Told of each note on the data and of progress. */
  readonly say: (line: string) => void;
}

export const defaultBudget: RunBudget = {
  maxRows: 100_000,
  maxBytes: 64 * 1_048_576,
  timeoutMs: 20_000,
};

/** What one database's questions are asked with, again and again where a run has several rounds. */
export interface Round {
  readonly questions: readonly Question[];
  readonly database: OpenDatabase;
  readonly schema: SourceSchema;
  readonly gold: GoldRunner;
  /** Those that come with the platform for this source. */
  readonly shipped: readonly VerifiedExample[];
  ask(examples: readonly VerifiedExample[], one: Question): Promise<AskedQuestion>;
}

/** Asks every question once. */
export async function runEvaluation(
  options: EvaluationOptions,
  questions: readonly Question[],
): Promise<readonly AskedQuestion[]> {
  const asked = await forEachDatabase(options, questions, askAll);
  return asked.flat();
}

export async function askAll(round: Round): Promise<readonly AskedQuestion[]> {
  const asked: AskedQuestion[] = [];
  for (const one of round.questions) asked.push(await round.ask(round.shipped, one));
  return asked;
}

export async function forEachDatabase<T>(
  options: EvaluationOptions,
  questions: readonly Question[],
  work: (round: Round) => Promise<T>,
): Promise<readonly T[]> {
  const byDatabase = Map.groupBy(questions, ({ database }) => database);
  const files = new Map<string, DatabaseFiles>();
  for (const name of byDatabase.keys())
    files.set(name, await findDatabase(options.databases, name));
  const folder = await mkdtemp(join(tmpdir(), "mcp-eval-gold-"));
  const host = await openHost(options.postgres);
  const guard = createSqlGuard(await createLibpgParser());
  const results: T[] = [];
  try {
    for (const [name, found] of files) {
      const database = await openDatabase(name, found, { ...options, host, guard, folder });
      try {
        for (const note of database.notes) options.say(note);
        results.push(await work(await openRound(options, database, byDatabase.get(name) ?? [])));
      } finally {
        await database.close();
      }
      options.say(`${name}: ${byDatabase.get(name)?.length} questions`);
    }
  } finally {
    await host.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return results;
}

async function openRound(
  { engine, now, model = null }: EvaluationOptions,
  database: OpenDatabase,
  questions: readonly Question[],
): Promise<Round> {
  const catalogue = await readSchema(database.name, database.adapter);
  const { schema, semantics } = await readKnowledge(database.name, catalogue, model);
  const gold = createGoldRunner(database);
  const deps: Omit<AskDeps, "examples"> = { engine, database, schema, semantics, now };
  return {
    questions,
    database,
    schema,
    gold,
    shipped: database.name === DEMO ? demoExamples : [],
    ask: (examples, one) => askQuestion({ ...deps, examples }, gold, one),
  };
}

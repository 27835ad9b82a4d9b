/**
 * What one confirmation is worth: of each gold with several questions one question is taught, for a share of the
 * golds, and the others are asked. Every share asks the same questions.
 */
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import type { VerifiedExample } from "../shared/ask/ports.ts";
import { sha256Hex } from "../shared/kernel/digest.ts";
import type { TableInfo } from "../shared/sources/ports.ts";
import type { AskedQuestion } from "./ask-questions.ts";
import { sameResult } from "./compare.ts";
import { goldToPostgres, goldWithoutTies } from "./gold-to-postgres.ts";
import type { Question } from "./question-file.ts";
import type { Round } from "./run-evaluation.ts";
import { isOrdered, stripDistinct } from "./sql-tokens.ts";

export interface SeededRound {
  readonly asked: readonly AskedQuestion[];
  /** Examples saved. */
  readonly taught: number;
  /** Golds of the share that PostgreSQL cannot hold with the same result; their questions are asked untaught. */
  readonly notTaught: number;
}

interface Paraphrased {
  readonly gold: string;
  readonly taught: Question;
  readonly asked: readonly Question[];
}

/** Golds in an order of their own that has nothing to do with the file's. */
export function paraphrased(questions: readonly Question[]): readonly Paraphrased[] {
  const answerable = questions.filter(({ expect }) => expect === "answer");
  const groups = Map.groupBy(answerable, ({ database, sql }) => JSON.stringify([database, sql]));
  return [...groups]
    .toSorted(([a], [b]) => sha256Hex(a).localeCompare(sha256Hex(b)))
    .flatMap(([, some]) => {
      const [taught, ...asked] = some.toSorted((a, b) =>
        sha256Hex(a.question).localeCompare(sha256Hex(b.question)),
      );
      if (taught?.sql === undefined || asked.length === 0) return [];
      return [{ gold: taught.sql, taught, asked }];
    });
}

/** The golds of all databases that are taught at this share. */
export function seededGolds(questions: readonly Question[], percent: number): ReadonlySet<string> {
  const all = paraphrased(questions);
  const chosen = all.slice(0, Math.round((all.length * percent) / 100));
  return new Set(chosen.map(({ taught }) => taught.id));
}

export async function askSeeded(round: Round, chosen: ReadonlySet<string>): Promise<SeededRound> {
  const { examples, asked: some, seeds } = await teach(round, chosen);
  const all = [...round.shipped, ...examples];
  const asked: AskedQuestion[] = [];
  for (const one of some) asked.push(await round.ask(all, one));
  return { asked, taught: examples.length, notTaught: seeds - examples.length };
}

export interface Taught {
  readonly examples: readonly VerifiedExample[];
  /** Golds of the share, held by PostgreSQL or not. */
  readonly seeds: number;
  /** The paraphrases that are left to ask, of all golds. */
  readonly asked: readonly Question[];
}

export async function teach(round: Round, chosen: ReadonlySet<string>): Promise<Taught> {
  const groups = paraphrased(round.questions);
  const seeds = groups.filter(({ taught }) => chosen.has(taught.id));
  const examples: VerifiedExample[] = [];
  const { tables } = round.schema;
  for (const { taught } of seeds) {
    const sql = await verified(round, tables, taught);
    if (sql !== null)
      examples.push({
        exampleId: taught.id,
        sourceId: round.database.name,
        question: taught.question,
        sql,
        slots: [],
      });
  }
  return { examples, seeds: seeds.length, asked: groups.flatMap(({ asked }) => asked) };
}

/** The gold as a person would have confirmed it: it runs on the product's path, with the gold's result. */
async function verified(
  { database, gold }: Round,
  tables: readonly TableInfo[],
  { sql, dialect = database.dialect }: Question,
): Promise<string | null> {
  if (sql === undefined) return null;
  const expected = await gold(sql, dialect);
  const parser = await createLibpgParser();
  const ways = dialect === "postgres" ? [() => sql] : [goldToPostgres, goldWithoutTies];
  for (const way of ways) {
    const own = way(sql, tables, parser);
    const got = own && (await database.predictions({ sql: stripDistinct(own), params: [] }));
    const held = got && got.kind !== "failed" && expected.kind !== "failed";
    if (held && sameResult(expected.rows, got.rows, isOrdered(sql))) return own;
  }
  return null;
}

/** The labelled questions to learn from: Spider's, and Spider-Syn's with synonyms in place of schema words. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseCsv } from "../eval/parse-csv.ts";

export interface Labelled {
  readonly database: string;
  readonly question: string;
  readonly sql: string;
  readonly origin: "spider" | "synonym" | "made";
}

export async function readSpider(file: string): Promise<readonly Labelled[]> {
  const rows = parseCsv(await readFile(file, "utf8")).slice(1);
  return rows.map(([database, question, sql]) => ({
    database: database ?? "",
    question: question ?? "",
    sql: sql ?? "",
    origin: "spider",
  }));
}

/** Only those whose question without synonyms is in the set, whose SQL they then take. */
export async function readSynonyms(
  file: string,
  known: readonly Labelled[],
): Promise<readonly Labelled[]> {
  const sqlOf = new Map(known.map((one) => [keyOf(one.database, one.question), one.sql]));
  const entries = JSON.parse(await readFile(file, "utf8")) as readonly {
    readonly db_id: string;
    readonly SpiderQuestion: string;
    readonly SpiderSynQuestion: string;
  }[];
  return entries.flatMap((entry) => {
    const sql = sqlOf.get(keyOf(entry.db_id, entry.SpiderQuestion));
    return sql === undefined || entry.SpiderQuestion === entry.SpiderSynQuestion
      ? []
      : [
          {
            database: entry.db_id,
            question: entry.SpiderSynQuestion,
            sql,
            origin: "synonym" as const,
          },
        ];
  });
}

function keyOf(database: string, question: string): string {
  return `${database}\n${question.trim().toLowerCase()}`;
}

export const databasesIn = (root: string): string => join(root, "databases");

/** Every so many of the training databases are kept back for ranking and calibration. */
const KEPT_BACK = 12;

export function isKeptBack(database: string): boolean {
  return createHash("sha256").update(database).digest().readUInt32BE(0) % KEPT_BACK === 0;
}

/** The catalogue of statements with the verdict expected, as a copy inside this repository. */
import { readFileSync } from "node:fs";

export interface CorpusCase {
  readonly id: string;
  readonly sql: string;
  readonly expect: "allow" | "deny";
  readonly min_pg?: number;
}

const read = (name: string): string =>
  readFileSync(new URL(`./catalogues/${name}`, import.meta.url), "utf8");

export const SQL_CORPUS = JSON.parse(read("sql_guard.json")) as readonly CorpusCase[];
export const SQL_FIXTURE = read("sql_guard_fixture.sql");

export interface PolicyCase {
  readonly id: string;
  readonly sql: string;
  readonly expect: "allow" | "deny";
  /** The base relations that an allowed statement reads. */
  readonly tables?: readonly string[];
}

export const POLICY_CORPUS = (
  JSON.parse(read("sql_policy.json")) as { readonly cases: readonly PolicyCase[] }
).cases;

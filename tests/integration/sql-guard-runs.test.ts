/** Every statement the guard is said to allow runs on PostgreSQL, and so does its canonical form, with the same rows. */
// covers: SQL-01, SQL-05
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createSqlGuard, type PostgresGuard } from "../../shared/sql/sql-guard.ts";
import { ALLOW_CASES } from "../support/sql-allow-cases.ts";
import { SQL_CORPUS, SQL_FIXTURE } from "../support/sql-corpus.ts";
import { READ_CASES } from "../support/sql-read-cases.ts";

let database: PGlite;
let guard: PostgresGuard;

beforeAll(async () => {
  guard = createSqlGuard(await createLibpgParser());
  database = await PGlite.create();
  await database.exec(SQL_FIXTURE);
  await database.query("SELECT nextval('ticket_seq')");
});

afterAll(async () => {
  await database.close();
});

async function rowsOf(sql: string): Promise<unknown[]> {
  await database.exec("BEGIN READ ONLY");
  try {
    return (await database.query<unknown[]>(sql, [], { rowMode: "array" })).rows;
  } finally {
    await database.exec("ROLLBACK");
  }
}

const statements = [
  ...SQL_CORPUS.filter((each) => each.expect === "allow").map((each) => each.sql),
  ...ALLOW_CASES,
  ...READ_CASES,
];

describe("allowed statements on PostgreSQL", () => {
  it.each(statements)("runs, and means the same in its canonical form: %s", async (sql) => {
    const verdict = guard.check(sql);
    if (verdict.verdict !== "allow") throw new Error(JSON.stringify(verdict));
    const original = await rowsOf(sql);
    const canonical = await rowsOf(verdict.canonicalSql);
    // The clock and chance answer differently each time; that the canonical form runs is all there is to see.
    if (verdict.volatile) expect(canonical.length > 0).toBe(original.length > 0);
    else expect(canonical).toEqual(original);
  });
});

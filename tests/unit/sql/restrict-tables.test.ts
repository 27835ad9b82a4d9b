/** A principal's rows and columns put in the place of each table of a Snowflake statement. */
// covers: SQL-08
import { beforeAll, describe, expect, it } from "vitest";
import { createSnowflakeParser } from "../../../shared/adapters/sqlparser-rs/snowflake-parser.ts";
import { quoted } from "../../../shared/kernel/identifiers.ts";
import type { TableName } from "../../../shared/sql/ports.ts";
import type { SnowflakeParser } from "../../../shared/sql/snowflake/ports.ts";
import { restrictTables } from "../../../shared/sql/snowflake/restrict-tables.ts";
import { createSnowflakeGuard } from "../../../shared/sql/snowflake/snowflake-guard.ts";

let parser: SnowflakeParser;
beforeAll(async () => {
  parser = await createSnowflakeParser();
});

const fullName = ({ schema, name }: TableName) =>
  schema === null ? quoted(name) : `${quoted(schema)}.${quoted(name)}`;
const COLUMNS = `"ID",(LEFT("Name",1)||'***') AS "Name"`;
const WHERE = `WHERE (REGION = 'EU' AND NOT HIDDEN))`;
const view = (table: TableName) =>
  table.name === "PEOPLE"
    ? `SELECT ${COLUMNS} FROM ${fullName(table)} WHERE (REGION = 'EU' AND NOT hidden)`
    : `SELECT * FROM ${fullName(table)}`;
const PEOPLE = `(SELECT ${COLUMNS} FROM`;

const restrict = (sql: string, queryOf: (table: TableName) => string = view) =>
  restrictTables(parser, sql, { queryOf, bind: () => 7 });

/** Blanks that mean nothing are left out, so that the expected text can be read. */
const tight = (sql: string) => sql.replace(/\s*([(),]|\|\|)\s*/g, "$1");

function sqlOf(sql: string): string {
  const restricted = restrict(sql);
  if (!restricted.ok) throw new Error(restricted.reason);
  return tight(restricted.sql);
}

describe("a restricted table", () => {
  it.each([
    ["SELECT * FROM people", `SELECT * FROM ${PEOPLE} "PEOPLE" ${WHERE} AS "PEOPLE"`],
    ["SELECT p.id FROM people p", `SELECT P.id FROM ${PEOPLE} "PEOPLE" ${WHERE} P`],
    [
      "SELECT * FROM hr.people AS p (a, b)",
      `SELECT * FROM ${PEOPLE} "HR"."PEOPLE" ${WHERE} AS P(A,B)`,
    ],
    ['SELECT * FROM "PEOPLE"', `SELECT * FROM ${PEOPLE} "PEOPLE" ${WHERE} AS "PEOPLE"`],
  ])("%s is read through its policy", (sql, expected) => {
    expect(sqlOf(sql)).toBe(tight(expected));
  });

  it("is replaced at every place it stands: joins, subqueries, WITH, both halves of a UNION", () => {
    const sql = sqlOf(
      "WITH c AS (SELECT * FROM people) SELECT * FROM c JOIN people b ON 1 = 1 WHERE EXISTS (SELECT 1 FROM people) UNION SELECT * FROM t, LATERAL (SELECT * FROM people) x",
    );
    expect(sql.split("***")).toHaveLength(5);
    expect(sql).not.toMatch(/FROM PEOPLE\)/);
  });

  it("does not touch a WITH query of the same name, a column, a string or another table", () => {
    const sql =
      "WITH people AS (SELECT 'people' AS people FROM other) SELECT people.people FROM people";
    expect(sqlOf(sql)).not.toContain("***");
  });

  it("behind a WITH query that is called like it is read through its policy", () => {
    expect(
      sqlOf("WITH people AS (SELECT * FROM people) SELECT * FROM people").split("***"),
    ).toHaveLength(2);
  });

  it("gives a statement that the guard allows, over the same tables", () => {
    const guard = createSnowflakeGuard(parser);
    for (const sql of [
      "SELECT * FROM people",
      "SELECT p.* EXCLUDE id FROM hr.people p SAMPLE (10) QUALIFY ROW_NUMBER() OVER (ORDER BY id) = 1",
      "SELECT 'é😀', p.id FROM people p WHERE name = $1",
      "SELECT * FROM people PIVOT (SUM(id) FOR name IN ('a', 'b'))",
    ]) {
      const restricted = restrict(sql);
      const before = guard.check(sql);
      const after = guard.check(restricted.ok ? restricted.sql : "");
      expect([sql, before.verdict, after.verdict]).toEqual([sql, "allow", "allow"]);
      if (before.verdict === "allow" && after.verdict === "allow") {
        expect(after.tables).toEqual(before.tables);
        expect(after.parameterCount).toBe(before.parameterCount);
      }
    }
  });

  it("keeps EXPLAIN before the statement", () => {
    expect(sqlOf("EXPLAIN USING JSON SELECT * FROM people")).toMatch(/^EXPLAIN USING JSON SELECT/);
  });

  it("takes the parameters that its view names, beside those of the statement", () => {
    const bound = restrict(
      "SELECT * FROM people WHERE id = $1",
      () => 'SELECT * FROM t WHERE region = "{principal.region}" AND name = "{}"',
    );
    expect(bound.ok && tight(bound.sql)).toBe(
      'SELECT * FROM(SELECT * FROM T WHERE REGION = $7 AND NAME = "{}")AS "PEOPLE" WHERE ID = $1',
    );
  });
});

describe("nothing runs", () => {
  it.each([
    ["closes our brackets", "SELECT 1 FROM t WHERE 1 = 1) OR (1 = 1"],
    ["closes our brackets for another table", "SELECT 1 FROM t) a, (SELECT 2 FROM u"],
    ["holds a second statement", "SELECT 1 FROM t; DROP TABLE t"],
    ["holds a comment that does not end", "SELECT 1 FROM t /*"],
    ["calls a function that is not allowed", "SELECT * FROM t WHERE SYSTEM$WAIT(1) = 'x'"],
    ["writes", "DELETE FROM t"],
    ["is nothing", ""],
  ])("with a view that %s", (_what, query) => {
    expect(restrict("SELECT * FROM people", () => query)).toMatchObject({ ok: false });
  });

  it("of a statement that the guard refuses", () => {
    expect(restrict("DELETE FROM people")).toMatchObject({ ok: false });
  });
});

/** What DuckDB's guard lets through, what it refuses, what it says of either, and that what it lets through runs. */
// covers: LAKE-01, LAKE-02
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDuckdbParser } from "../../shared/adapters/data-lake/duckdb-parser.ts";
import { readAst, writeAst } from "../../shared/sql/duckdb/ast-json.ts";
import { createDuckdbGuard } from "../../shared/sql/duckdb/duckdb-guard.ts";
import type { AllowedStatement, GuardVerdict } from "../../shared/sql/ports.ts";
import { MAX_STATEMENT_BYTES } from "../../shared/sql/statement-text.ts";
import { DUCKDB_ALLOW, DUCKDB_CORPUS, DUCKDB_DENY } from "../support/duckdb-cases.ts";
import { openDuckdbFixture } from "../support/duckdb-fixture.ts";
import { DUCKDB_ATTACKS, DUCKDB_READS } from "../support/duckdb-more-cases.ts";

const parser = createDuckdbParser();
const guard = createDuckdbGuard(parser);
const duckdb = openDuckdbFixture();

async function allowed(sql: string): Promise<AllowedStatement> {
  const verdict = await guard.check(sql);
  if (verdict.verdict !== "allow") throw new Error(`${sql}: ${JSON.stringify(verdict)}`);
  return verdict;
}

const rulesOf = (verdict: GuardVerdict): string[] =>
  verdict.verdict === "refuse" ? verdict.reasons.map(({ rule }) => rule) : [verdict.verdict];

const parameters = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i + 1}`);

describe("verdicts", () => {
  it.each(DUCKDB_CORPUS.filter((each) => each.expect === "deny"))(
    "refuses $id: $sql",
    async ({ sql }) => {
      expect((await guard.check(sql)).verdict).not.toBe("allow");
    },
  );

  it.each([
    ...DUCKDB_CORPUS.filter((each) => each.expect === "allow").map(({ sql }) => sql),
    ...DUCKDB_ALLOW,
    ...DUCKDB_READS,
  ])("allows and runs: %s", async (sql) => {
    const { canonicalSql, parameterCount } = await allowed(sql);
    for (const text of [sql, canonicalSql])
      await duckdb().runAndReadAll(text, parameters(parameterCount));
  });

  it.each(DUCKDB_DENY)("refuses as %s: %s", async (rule, sql) => {
    expect(rulesOf(await guard.check(sql))).toContain(rule);
  });

  it.each(DUCKDB_ATTACKS)("refuses %s", async (sql) => {
    expect((await guard.check(sql)).verdict).not.toBe("allow");
  });

  it("refuses a text that is longer than what parsing may cost", async () => {
    const long = `SELECT '${"ä".repeat(MAX_STATEMENT_BYTES / 2)}'`;
    expect(rulesOf(await guard.check(long))).toEqual(["statement_too_long"]);
  });

  it("gives every reason once, in words", async () => {
    const verdict = await guard.check(
      "SELECT pg_sleep(1), pg_sleep(2), getvariable('x') FROM 'x.csv', pg_class",
    );
    expect(rulesOf(verdict).sort()).toEqual([
      "catalog_relation",
      "file_relation",
      "function_not_allowed",
      "function_not_allowed",
    ]);
  });

  it("names line and column of what does not parse, counting characters", async () => {
    expect(await guard.check("SELECT 'é😀',\n fro m x")).toMatchObject({
      verdict: "syntax_error",
      line: 2,
      column: 8,
    });
    expect(await guard.check("explain\n SELEC 1")).toMatchObject({ line: 2, column: 2 });
  });

  it("stays whole for any text", async () => {
    const words = ["SELECT", "FROM", "sales", "(", ")", "'", '"', "--", "/*", "explain", ",", "$1"];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary" })), {
          maxLength: 12,
        }),
        async (parts) => {
          expect(["allow", "refuse", "syntax_error"]).toContain(
            (await guard.check(parts.join(" "))).verdict,
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("what is said of an allowed statement", () => {
  it("is every table once, folded, and no CTE but where it is a table", async () => {
    const { tables } = await allowed(
      "WITH sales AS (FROM Main.SALES), b AS (FROM sales, regions) FROM b, sales WHERE EXISTS (FROM b JOIN regions USING (region))",
    );
    expect(tables).toEqual([
      { schema: "main", name: "sales" },
      { schema: null, name: "regions" },
    ]);
  });

  it.each([
    ["WITH a AS (FROM b), b AS (SELECT 1) FROM a", ["b"]],
    ["SELECT * FROM (WITH a AS (SELECT 1) FROM a), a", ["a"]],
    ["WITH a AS (SELECT 1) FROM main.a", ["a"]],
    ["WITH a AS (FROM a) FROM a", ["a"]],
    ["WITH RECURSIVE a AS (SELECT 1 UNION ALL FROM a) FROM a", []],
    ["SUMMARIZE sales", ["sales"]],
    ["DESCRIBE (FROM sales)", ["sales"]],
    ["FROM sales PIVOT (sum(n) FOR region IN ('a'))", ["sales"]],
    [
      "SELECT (SELECT max(x) FROM b), 1 IN (FROM c) FROM a ORDER BY (SELECT 1 FROM d)",
      ["a", "b", "c", "d"],
    ],
  ])("names a table wherever the name may not be a CTE: %s", async (sql, names) => {
    const { tables } = await allowed(sql);
    expect(tables.map(({ name }) => name).sort()).toEqual(names);
  });

  it.each([
    ["SELECT n FROM sales", false],
    ["SELECT now()", true],
    ["SELECT current_date", true],
    ["SELECT CURRENT_TIMESTAMP", true],
    ["SELECT random()", true],
    ["SELECT age(d) FROM sales", true],
    ["FROM sales USING SAMPLE 3", true],
    ["EXPLAIN SELECT 1", true],
  ])("is whether it may change although no table does: %s", async (sql, expected) => {
    expect((await allowed(sql)).volatile).toBe(expected);
  });

  it("is one text for all ways to write the same, and another for another meaning", async () => {
    const texts = ["select N from  Sales -- x", "SELECT N\nFROM Sales", "FROM Sales SELECT N"];
    const canonical = await Promise.all(
      texts.map(async (sql) => (await allowed(sql)).canonicalSql),
    );
    expect(new Set(canonical).size).toBe(1);
    expect((await allowed("SELECT N FROM Sales LIMIT 1")).canonicalSql).not.toBe(canonical[0]);
  });

  it("is how many parameters it takes", async () => {
    expect((await allowed("SELECT $2::INTEGER + $3::INTEGER + $1::INTEGER")).parameterCount).toBe(
      3,
    );
  });
});

describe("the tree as JSON", () => {
  it("keeps integers that no JavaScript number holds, and texts that look like them", () => {
    const json =
      '{"a":18446744073709551615,"b":"18446744073709551615","c":-9223372036854775808,"d":1000.0,"e":"{\\"$number\\":\\"1\\"}","f":1e400,"g":[-1,"1.0"]}';
    expect(writeAst(readAst(json))).toBe(json);
  });
});

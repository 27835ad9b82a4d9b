/** The Snowflake guard: what reads may run, everything else is refused, and what is judged is what is sent. */
// covers: SQL-06, SQL-07
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createSnowflakeParser } from "../../../shared/adapters/sqlparser-rs/snowflake-parser.ts";
import type { AllowedStatement, GuardVerdict } from "../../../shared/sql/ports.ts";
import {
  createSnowflakeGuard,
  type SnowflakeGuard,
} from "../../../shared/sql/snowflake/snowflake-guard.ts";
import { SNOWFLAKE_ATTACKS, SNOWFLAKE_READS } from "../../support/snowflake-more-cases.ts";
import { SNOWFLAKE_ALLOWED, SNOWFLAKE_REFUSED } from "../../support/snowflake-sql-cases.ts";

interface CatalogueCase {
  readonly id: string;
  readonly sql: string;
  readonly expect: "allow" | "deny";
}

const catalogue = JSON.parse(
  readFileSync("tests/support/catalogues/sql_guard_snowflake.json", "utf8"),
) as readonly CatalogueCase[];

let guard: SnowflakeGuard;
beforeAll(async () => {
  guard = createSnowflakeGuard(await createSnowflakeParser());
});

function allowed(sql: string): AllowedStatement {
  const verdict = guard.check(sql);
  if (verdict.verdict !== "allow") throw new Error(`${sql}: ${JSON.stringify(verdict)}`);
  return verdict;
}

const rulesOf = (verdict: GuardVerdict): readonly string[] =>
  verdict.verdict === "refuse" ? verdict.reasons.map(({ rule }) => rule) : [verdict.verdict];

describe("the catalogue", () => {
  it.each(catalogue.map((one) => [one.id, one.expect, one.sql] as const))(
    "%s is %s: %s",
    (_id, expected, sql) => {
      expect(guard.check(sql).verdict === "allow").toBe(expected === "allow");
    },
  );
});

const reads = [...SNOWFLAKE_ALLOWED, ...SNOWFLAKE_READS];

describe("what runs", () => {
  it.each(reads)("%s", (sql) => {
    expect(guard.check(sql)).toMatchObject({ verdict: "allow" });
  });

  it.each(reads)("%s is the same statement again once it is canonical", (sql) => {
    const first = allowed(sql);
    expect(allowed(first.canonicalSql)).toEqual(first);
  });
});

describe("what does not run", () => {
  it.each(SNOWFLAKE_REFUSED.filter(([, rule]) => rule !== "syntax_free"))(
    "%s (%s)",
    (sql, rule) => {
      const found = rulesOf(guard.check(sql));
      expect(found).toContain(rule === "syntax" ? "syntax_error" : rule);
    },
  );

  it.each(SNOWFLAKE_ATTACKS)("%s, whatever the reason", (sql) => {
    expect(guard.check(sql).verdict).not.toBe("allow");
  });

  it("that the grammar or a rule refuses, whichever is first", () => {
    const some = SNOWFLAKE_REFUSED.filter(([, rule]) => rule === "syntax_free");
    for (const [sql] of some) expect([sql, guard.check(sql).verdict]).not.toEqual([sql, "allow"]);
    expect(some.length).toBeGreaterThan(3);
  });

  it("says where a syntax error stands in the caller's own text", () => {
    expect(guard.check("SELECT a,\n  b /* é */ FROM t )")).toMatchObject({
      verdict: "syntax_error",
      line: 2,
    });
  });
});

describe("the verdict", () => {
  it("names every table once, as Snowflake stores it, and no WITH query", () => {
    const { tables } = allowed(
      'WITH c AS (SELECT * FROM orders) SELECT * FROM c JOIN sales."Lines" l ON 1 = 1 JOIN ORDERS USING (id), (SELECT 1 FROM c)',
    );
    expect(tables).toEqual([
      { schema: null, name: "ORDERS" },
      { schema: "SALES", name: "Lines" },
    ]);
  });

  it.each([
    [
      "its own name in a WITH query that is not recursive",
      "WITH secrets AS (SELECT * FROM secrets) SELECT * FROM secrets",
    ],
    [
      "its own name in the first branch",
      "WITH RECURSIVE secrets AS (SELECT * FROM secrets UNION ALL SELECT 1 FROM secrets) SELECT * FROM secrets",
    ],
    [
      "a later WITH query's name",
      "WITH a AS (SELECT * FROM secrets), secrets AS (SELECT 1) SELECT * FROM a",
    ],
    [
      "a name that an inner query has to itself",
      "SELECT * FROM (WITH secrets AS (SELECT 1) SELECT * FROM secrets) x, secrets",
    ],
    ["a qualified name", "WITH secrets AS (SELECT 1) SELECT * FROM public.secrets"],
    ["a name in another case", 'WITH "secrets" AS (SELECT 1) SELECT * FROM secrets'],
  ])("takes %s for a table", (_what, sql) => {
    expect(allowed(sql).tables.map(({ name }) => name)).toEqual(["SECRETS"]);
  });

  it("counts parameters, and knows them from text that looks like one", () => {
    expect(allowed("SELECT $2, '$7', \"$8\", $$ $9 $$ FROM t WHERE a = $1").parameterCount).toBe(2);
    expect(allowed("SELECT 1").parameterCount).toBe(0);
  });

  it.each([
    ["SELECT CURRENT_DATE", true],
    ["SELECT CURRENT_TIMESTAMP() FROM t", true],
    ["SELECT RANDOM() FROM t", true],
    ["SELECT CURRENT_USER", true],
    ["EXPLAIN SELECT 1", true],
    ["SELECT UPPER(a) FROM t", false],
  ])("says of %s that it changes by itself: %s", (sql, volatile) => {
    expect(allowed(sql).volatile).toBe(volatile);
  });

  it("is one for texts that differ in case, blanks and comments alone", () => {
    const one = allowed("select a , b from T where x = 'it''s' -- note");
    const other = allowed("SELECT A,\n\tB /* note */ FROM t WHERE X=$$it's$$ ;");
    expect(one.canonicalSql).toBe(other.canonicalSql);
  });

  it.each([
    ["SELECT 'a' FROM t", "SELECT 'A' FROM t"],
    ['SELECT "a" FROM t', "SELECT a FROM t"],
    ["SELECT v:a FROM t", "SELECT v:A FROM t"],
    ["SELECT v:a.b FROM t", "SELECT v:a.B FROM t"],
    ["SELECT 1", "SELECT 1.0"],
    ["SELECT $1, $2", "SELECT $2, $1"],
  ])("is not shared by %s and %s", (one, other) => {
    expect(allowed(one).canonicalSql).not.toBe(allowed(other).canonicalSql);
  });
});

describe("whatever it is given", () => {
  const pieces = fc.constantFrom(
    ...[
      "SELECT",
      "FROM",
      "WHERE",
      "t",
      "a",
      "'",
      '"',
      "$$",
      "--",
      "//",
      "/*",
      "*/",
      ";",
      "\\",
      "\n",
      " ",
      "(",
      ")",
      ",",
    ],
    ...[
      "$1",
      ":",
      "::",
      "@s",
      "DROP TABLE t",
      "TABLE(",
      "IDENTIFIER(",
      "WITH x AS (",
      "UNION ALL",
      "1",
      "'a'",
      "[",
      "]",
      "{",
      "}",
      "->",
      "=>",
      ".",
    ],
  );

  it("it answers, and what it allows says the same of its canonical form", () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 25 }), (parts) => {
        const verdict = guard.check(`SELECT ${parts.join(" ")}`);
        if (verdict.verdict !== "allow") return;
        expect(guard.check(verdict.canonicalSql)).toEqual(verdict);
        const bare = verdict.canonicalSql.replace(/'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"/g, "");
        expect(bare).not.toMatch(/;|\$\$|--|\/\/|\/\*|@|['"\\]/);
      }),
      { numRuns: 3_000 },
    );
  });

  it("a string comes back as it went in, and nothing of it is read as SQL", () => {
    const characters = fc.constantFrom(
      "'",
      "\\",
      "\n",
      "\r",
      "$",
      ";",
      "-",
      "/",
      "*",
      '"',
      "a",
      "é",
      "😀",
      " ",
      "\t",
    );
    fc.assert(
      fc.property(fc.array(characters, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const quoted = `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
        const verdict = guard.check(`SELECT ${quoted} AS A FROM T`);
        expect(verdict).toMatchObject({ verdict: "allow", tables: [{ name: "T" }], functions: [] });
      }),
      { numRuns: 500 },
    );
  });

  it("no nesting or chain brings the parser down: it refuses, and goes on", () => {
    const shapes: ((n: number) => string)[] = [
      (n) => `SELECT ${"(".repeat(n)}1${")".repeat(n)}`,
      (n) => `SELECT 1${" + 1".repeat(n)}`,
      (n) => `SELECT 1 FROM t WHERE a = 1${" AND a = 1".repeat(n)}`,
      (n) => `SELECT a${"::INT".repeat(n)}`,
      (n) => `SELECT a${":b".repeat(n)}`,
      (n) => `SELECT a${"[1]".repeat(n)}`,
      (n) => `SELECT 1${" UNION ALL SELECT 1".repeat(n)}`,
      (n) => `SELECT 1 FROM t${" JOIN t ON a = 1".repeat(n)}`,
      (n) => `SELECT ${"NOT ".repeat(n)}a`,
      (n) => `SELECT ${"- ".repeat(n)}a`,
      (n) => `SELECT 1 IN (1${", 1".repeat(n)})`,
      (n) => `SELECT ${"ABS(1 + ".repeat(n)}1${")".repeat(n)}`,
      (n) => `SELECT ${"CASE WHEN a THEN ".repeat(n)}1${" END".repeat(n)}`,
      (n) => `SELECT ${"(SELECT 1 + ".repeat(n)}1${")".repeat(n)}`,
      (n) => `SELECT ${"f(x -> ".repeat(n)}1${")".repeat(n)}`,
      (n) => `SELECT 1${" IS NULL".repeat(n)}`,
      (n) => `SELECT ${"{'a': ".repeat(n)}1${"}".repeat(n)}`,
    ];
    for (const shape of shapes)
      for (const n of [10, 100, 390, 800, 3_000, 20_000]) {
        expect(["allow", "refuse", "syntax_error"]).toContain(guard.check(shape(n)).verdict);
        expect(guard.check("SELECT 1").verdict).toBe("allow");
      }
  });

  it("a statement of ordinary size is not too complex", () => {
    const wide = Array.from(
      { length: 300 },
      (_, i) => `v:a${i}.b::NUMBER(10, 2) + 1 AS c${i}`,
    ).join(", ");
    const either = Array.from({ length: 130 }, (_, i) => `a = ${i}`).join(" OR ");
    expect(guard.check(`SELECT ${wide} FROM t WHERE ${either}`).verdict).toBe("allow");
  });
});

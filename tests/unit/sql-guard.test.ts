/** What the SQL guard lets through, what it refuses, and what it says of either. */
// covers: SQL-01, SQL-02, SQL-04, SQL-05
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { sameTree } from "../../shared/sql/canonical-sql.ts";
import type { AllowedStatement, GuardVerdict, SqlParser } from "../../shared/sql/ports.ts";
import { createSqlGuard, type PostgresGuard } from "../../shared/sql/sql-guard.ts";
import { MAX_STATEMENT_BYTES } from "../../shared/sql/statement-text.ts";
import { ALLOW_CASES } from "../support/sql-allow-cases.ts";
import { ATTACK_CASES } from "../support/sql-attack-cases.ts";
import { SQL_CORPUS } from "../support/sql-corpus.ts";
import { DENY_CASES } from "../support/sql-deny-cases.ts";
import { READ_CASES } from "../support/sql-read-cases.ts";

let parser: SqlParser;
let guard: PostgresGuard;

beforeAll(async () => {
  parser = await createLibpgParser();
  guard = createSqlGuard(parser);
});

function allowed(sql: string): AllowedStatement {
  const verdict = guard.check(sql);
  if (verdict.verdict !== "allow") throw new Error(`${sql}: ${JSON.stringify(verdict)}`);
  return verdict;
}

const rulesOf = (verdict: GuardVerdict): string[] =>
  verdict.verdict === "refuse" ? verdict.reasons.map((reason) => reason.rule) : [verdict.verdict];

const tablesOf = (sql: string): string[] =>
  allowed(sql).tables.map(({ schema, name }) => (schema === null ? name : `${schema}.${name}`));

describe("verdicts", () => {
  it.each(SQL_CORPUS.filter((each) => each.expect === "allow"))("allows $id: $sql", ({ sql }) => {
    expect(guard.check(sql).verdict).toBe("allow");
  });

  it.each(SQL_CORPUS.filter((each) => each.expect === "deny"))("refuses $id: $sql", ({ sql }) => {
    expect(guard.check(sql).verdict).not.toBe("allow");
  });

  it.each([...ALLOW_CASES, ...READ_CASES])("allows %s", (sql) => {
    expect(allowed(sql).verdict).toBe("allow");
  });

  it.each(DENY_CASES)("refuses as %s: %s", (rule, sql) => {
    expect(rulesOf(guard.check(sql))).toContain(rule);
  });

  it.each(ATTACK_CASES)("refuses %s", (sql) => {
    expect(guard.check(sql).verdict).not.toBe("allow");
  });

  it("gives every reason once, in words, and no more than ten", () => {
    const verdict = guard.check(
      "SELECT pg_sleep(1), pg_sleep(2), lo_get(1) INTO x FROM pg_authid FOR UPDATE",
    );
    expect(rulesOf(verdict).sort()).toEqual([
      "catalog_relation",
      "function_not_allowed",
      "function_not_allowed",
      "row_locking",
      "select_into",
    ]);
    expect(JSON.stringify(verdict)).toContain(
      "The function pg_sleep is not allowed: it holds a connection",
    );
    const many = Array.from({ length: 50 }, (_, index) => `f${index}()`).join(", ");
    expect(rulesOf(guard.check(`SELECT ${many}`))).toHaveLength(10);
  });

  it("names the statement it refuses", () => {
    expect(JSON.stringify(guard.check("refresh materialized view mv_sales"))).toContain(
      "REFRESH MATERIALIZED VIEW",
    );
    expect(JSON.stringify(guard.check("CREATE ROLE x"))).toContain("CREATE ROLE");
  });

  it("carries the version of its rules and of the catalogue", () => {
    expect(guard.version).toMatch(/^\d+\+pg\d+/);
  });
});

describe("syntax errors", () => {
  it.each([
    ["SELECT 'é☃😀',\n  FROM FROM orders", 2, 3],
    ["SELECT é, ☃ FROM FROM x", 1, 18],
    ["SELECT * FROM orders WHERE", 1, 27],
    ["SELEC 1", 1, 1],
  ])("points into %j at line %i, column %i, counting characters", (sql, line, column) => {
    expect(guard.check(sql)).toMatchObject({ verdict: "syntax_error", line, column });
  });

  it("says what PostgreSQL says, without repeating a whole statement", () => {
    expect(guard.check("SELEC 1")).toMatchObject({ message: 'syntax error at or near "SELEC"' });
    const verdict = guard.check(`SELECT $a$${"x".repeat(50_000)}`);
    expect(verdict.verdict === "syntax_error" && verdict.message.length).toBeLessThan(250);
  });
});

describe("facts about an allowed statement", () => {
  it.each<[string, string[]]>([
    ["SELECT * FROM b JOIN a USING (id), s.c, b AS again", ["b", "a", "s.c"]],
    [
      "SELECT (SELECT 1 FROM first) FROM second WHERE EXISTS (SELECT 1 FROM third)",
      ["first", "second", "third"],
    ],
    ["WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN b USING (id)", ["a", "b"]],
    ["WITH x AS (SELECT * FROM x) SELECT * FROM x", ["x"]],
    ["WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n FROM x) SELECT * FROM x", []],
    ["WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a", []],
    ["WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b", ["b"]],
    ["SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) q, x", ["x"]],
    ["WITH x AS (SELECT 1) SELECT * FROM public.x", ["public.x"]],
    [
      "WITH x AS (SELECT 1) SELECT (SELECT * FROM (WITH y AS (SELECT * FROM x) SELECT * FROM y) z)",
      [],
    ],
    ["WITH x AS (SELECT 1) (SELECT * FROM x) UNION (SELECT * FROM y ORDER BY 1)", ["y"]],
    [
      'SELECT * FROM "Order Items", "order items", ORDERS',
      ["Order Items", "order items", "orders"],
    ],
    [
      "SELECT id FROM customers WINDOW w AS (ORDER BY (SELECT 1 FROM secrets))",
      ["customers", "secrets"],
    ],
    ["SELECT * FROM orders TABLESAMPLE SYSTEM (1)", ["orders"]],
    ["SELECT relname FROM pg_class", ["pg_catalog.pg_class"]],
    ["SELECT c.name, f FROM customers c, generate_series(1, 2) f", ["customers"]],
    ["EXPLAIN SELECT * FROM secrets", ["secrets"]],
    ["SELECT secrets.id FROM customers AS secrets", ["customers"]],
    ['SELECT ARRAY(SELECT token FROM secrets), U&"\\0061" FROM U&"\\0073ecrets"', ["secrets"]],
  ])("reads the tables of %s", (sql, tables) => {
    expect(tablesOf(sql)).toEqual(tables);
  });

  it.each<[boolean, string]>([
    [
      false,
      "SELECT count(*), date_trunc('month', created_at), to_char(amount, '9'), jsonb_agg(id) FROM orders GROUP BY 2, 3",
    ],
    [false, "SELECT age(created_at, timestamptz '2025-01-01'), concat(note, 'x') FROM orders"],
    [false, "SELECT * FROM orders TABLESAMPLE SYSTEM (10) REPEATABLE (1)"],
    [true, "SELECT now()"],
    [true, "SELECT CURRENT_DATE"],
    [true, "SELECT random()"],
    [true, "SELECT age(created_at) FROM orders"],
    [true, "SELECT * FROM orders WHERE created_at > 'yesterday'"],
    [true, "SELECT timestamp ' NOW '"],
    [true, "SELECT current_user"],
    [true, "SELECT current_setting('timezone')"],
    [true, "SELECT * FROM orders TABLESAMPLE SYSTEM (10)"],
    [true, "SELECT 'orders'::regclass"],
    [true, "SELECT relname FROM pg_class"],
    [true, "EXPLAIN SELECT 1"],
    [true, "SELECT system_user"],
    [true, "SELECT (SELECT gen_random_uuid())"],
  ])("calls the answer volatile (%s): %s", (volatile, sql) => {
    expect(allowed(sql).volatile).toBe(volatile);
  });

  it("lists functions, the highest parameter and the kind", () => {
    expect(
      allowed("SELECT LOWER(a), pg_catalog.upper(b), lower(c) FROM t WHERE x = $3 AND y = $1"),
    ).toMatchObject({
      functions: ["lower", "upper"],
      parameterCount: 3,
      kind: "select",
    });
    expect(allowed("EXPLAIN SELECT 1")).toMatchObject({
      functions: [],
      parameterCount: 0,
      kind: "explain",
    });
  });
});

describe("canonical form", () => {
  const everyAllowed = [
    ...SQL_CORPUS.filter((each) => each.expect === "allow").map((each) => each.sql),
    ...ALLOW_CASES,
    ...READ_CASES,
  ];

  it("parses to the tree of the statement itself", () => {
    for (const sql of everyAllowed) {
      const [original, canonical] = [sql, allowed(sql).canonicalSql].map((text) =>
        parser.parse(text),
      );
      if (original?.kind !== "parsed" || canonical?.kind !== "parsed") throw new Error(sql);
      expect(sameTree(original.statements, canonical.statements), sql).toBe(true);
    }
  });

  it("is its own canonical form", () => {
    for (const sql of everyAllowed) {
      const { canonicalSql } = allowed(sql);
      expect(allowed(canonicalSql).canonicalSql).toBe(canonicalSql);
    }
  });

  it("does not depend on case, white space, comments or needless quotes", () => {
    const words =
      'select region , "count" ( * ) as n from public . orders as o where o . "status" = \'Paid\' and id <> 3 group by region order by 2 limit 5';
    const separator = fc.constantFrom(
      " ",
      "\n\t",
      "/* x; DROP */",
      " -- y\n",
      "\r\n/* /* nested */ */",
    );
    const expected = allowed(words).canonicalSql;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(separator, fc.boolean()), { minLength: 40, maxLength: 40 }),
        (choices) => {
          const mixed = words.split(" ").map((word, index) => {
            const [space, upper] = choices[index] ?? [" ", false];
            return (upper && !/['"]/.test(word) ? word.toUpperCase() : word) + space;
          });
          expect(allowed(`${mixed.join("")};`).canonicalSql).toBe(expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("keeps apart what differs in meaning", () => {
    const distinct = [
      "SELECT 'a'",
      "SELECT 'A'",
      'SELECT "a"',
      'SELECT "A"',
      "SELECT $1",
      "SELECT $2",
      "SELECT 1 + 2 * 3",
      "SELECT (1 + 2) * 3",
      "SELECT 1",
      "SELECT 1.0",
      "SELECT '1'",
    ];
    expect(new Set(distinct.map((sql) => allowed(sql).canonicalSql)).size).toBe(distinct.length);
  });
});

describe("hostile texts", () => {
  const hostile: readonly [string, string][] = [
    ["100 000 ORs", `SELECT 1 WHERE ${Array(100_000).fill("a=1").join(" OR ")}`],
    ["30 000 ORs", `SELECT 1 WHERE ${Array(30_000).fill("a=1").join(" OR ")}`],
    ["10 000 brackets", `SELECT ${"(".repeat(10_000)}1${")".repeat(10_000)}`],
    ["9 000 NOTs", `SELECT ${"NOT ".repeat(9_000)}true`],
    ["60 000 additions", `SELECT 1${" +1".repeat(60_000)}`],
    ["30 000 casts", `SELECT 1${"::int".repeat(30_000)}`],
    ["12 000 unions", `SELECT 1${" UNION SELECT 1".repeat(12_000)}`],
    ["10 000 joins", `SELECT 1 FROM a${" NATURAL JOIN b".repeat(10_000)}`],
    ["3 000 nested queries", `SELECT ${"(SELECT ".repeat(3_000)}1${")".repeat(3_000)}`],
    ["2 000 nested WITHs", `${"WITH a AS (".repeat(2_000)}SELECT 1${") SELECT 1".repeat(2_000)}`],
    ["60 000 nested comments", `SELECT 1 ${"/*".repeat(60_000)}${"*/".repeat(60_000)}`],
    ["a run of operators", `SELECT ${"+-".repeat(120_000)}1`],
    ["100 000 list members", `SELECT 1 WHERE a IN (${Array(100_000).fill("1").join(",")})`],
  ];

  it.each(hostile)("survives %s, and judges the next statement as ever", async (_name, sql) => {
    const started = performance.now();
    const verdict = guard.check(sql);
    if (verdict.verdict === "allow") expect(verdict.canonicalSql.length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    await Promise.resolve();
    expect(guard.check("SELECT 1").verdict).toBe("allow");
    expect(rulesOf(guard.check("DROP TABLE orders"))).toEqual(["statement_kind"]);
  });

  it("outlives a hundred statements that overrun the parser's stack", async () => {
    const deep = `SELECT 1${"::int".repeat(30_000)}`;
    for (let round = 0; round < 100; round += 1) {
      expect(rulesOf(guard.check(deep))).toEqual(["statement_too_complex"]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(guard.check("SELECT 1").verdict).toBe("allow");
    }
  }, 60_000);

  it("refuses what is longer than its limit, in bytes", () => {
    expect(rulesOf(guard.check(`SELECT '${"x".repeat(MAX_STATEMENT_BYTES)}'`))).toEqual([
      "statement_too_long",
    ]);
    expect(rulesOf(guard.check(`SELECT '${"é".repeat(MAX_STATEMENT_BYTES / 2)}'`))).toEqual([
      "statement_too_long",
    ]);
    expect(guard.check(`SELECT '${"x".repeat(MAX_STATEMENT_BYTES - 20)}'`).verdict).toBe("allow");
  });

  it("allows statements as long and as deep as people write them", () => {
    expect(guard.check(`SELECT 1${" + 1".repeat(1_000)}`).verdict).toBe("allow");
    expect(guard.check(`SELECT ${"(".repeat(200)}1${")".repeat(200)}`).verdict).toBe("allow");
    expect(guard.check(`SELECT 1 /*${"*".repeat(2_000)}*/`).verdict).toBe("allow");
  });

  it("never throws, whatever the text", () => {
    const token = fc.constantFrom(
      "SELECT",
      "(",
      ")",
      "*",
      "FROM",
      "orders",
      "'",
      '"',
      "$1",
      "$$",
      "/*",
      "*/",
      "--",
      "\n",
      ";",
      ",",
      "WITH",
      "AS",
      "1",
      "::",
      "é",
      "\0",
      "x",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(token, { maxLength: 30 }).map((all) => all.join(" ")),
        ),
        (sql) => {
          expect(["allow", "refuse", "syntax_error"]).toContain(guard.check(sql).verdict);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("uses no more memory after 20 000 statements", () => {
    const sql = "SELECT region, count(*) FROM customers WHERE name LIKE 'a%' GROUP BY region";
    for (let round = 0; round < 5_000; round += 1) guard.check(sql);
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 20_000; round += 1) guard.check(sql);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  }, 60_000);
});

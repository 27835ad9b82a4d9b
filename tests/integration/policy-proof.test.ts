/** The quick proof of a rewritten statement says what comparing whole trees says, and changes nothing for others. */
// covers: POL-01
import { PGlite } from "@electric-sql/pglite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createPolicyEngine } from "../../shared/policy/policy-engine.ts";
import type { SourceAccess } from "../../shared/policy/ports.ts";
import { createPostgresDialect } from "../../shared/policy/postgres-dialect.ts";
import type { SourceRecord, SourceSchema } from "../../shared/sources/ports.ts";
import { sameTree } from "../../shared/sql/canonical-sql.ts";
import type { AllowedStatement, SqlParser } from "../../shared/sql/ports.ts";
import { createStatementRestrictor } from "../../shared/sql/restrict-statement.ts";
import { createSqlGuard, type PostgresGuard } from "../../shared/sql/sql-guard.ts";
import { withoutPositions } from "../../shared/sql/tree-text.ts";
import { openPolicies, principal, SALT_OF_TESTS } from "../support/policy-bench.ts";
import { ALLOWED, DENIED } from "../support/policy-cases.ts";
import { ANALYST_POLICIES, openPolicyFixture } from "../support/policy-fixture.ts";

const SOURCE: SourceRecord = {
  sourceId: "s",
  type: "embedded",
  config: {},
  builtin: false,
  createdAt: "2026",
};
const STATEMENTS = [...ALLOWED, ...DENIED.map(([, sql]) => sql)];

/** Every relation in these stands where it can be replaced without a doubt. */
const PLAIN: readonly string[] = [
  "SELECT * FROM customers",
  "SELECT 'größe 😀', $$ FROM customers $$, E'\\'' FROM customers c WHERE c.name <> '😀'",
  "SELECT 1 FROM ((customers c JOIN orders o ON o.customer_id = c.id) AS j CROSS JOIN employees)",
  "WITH customers AS (SELECT id FROM customers), o AS (SELECT id FROM orders) SELECT * FROM customers, o",
  "SELECT c.id, x.n FROM customers c, LATERAL (SELECT count(*) n FROM orders o WHERE o.customer_id = c.id) x",
  'SELECT * FROM public.orders c(a, b), "public"."orders" AS "where"',
];

/** Here the text is read again: comments, escapes, stars and whatever else may mislead. */
const SURROUNDED: readonly string[] = [
  "SELECT id FROM customers /* a /* nested */ customers */ WHERE id = 1",
  "SELECT id FROM customers -- a, customers\n, orders o(x)",
  "SELECT id FROM customers -- a\r, employees e(x)",
  "SELECT id FROM customers--\n",
  "SELECT id FROM /* customers */customers",
  "SELECT id FROM public . customers",
  "SELECT id FROM public./* . */customers",
  "SELECT id FROM customers *",
  "SELECT id FROM customers * AS c",
  'SELECT id FROM U&"customers"',
  "SELECT id FROM U&\"c!0075stomers\" UESCAPE '!'",
  'SELECT id FROM"customers"',
  'SELECT id FROM customers"c"',
  "SELECT public.customers.id FROM customers",
  "SELECT public.customers.* FROM customers",
  "TABLE customers",
  "(TABLE customers) UNION ALL TABLE customers",
  "SELECT id FROM ONLY customers",
  "SELECT id FROM ONLY (customers) c",
  "SELECT id FROM customers TABLESAMPLE system (100)",
  "SELECT id FROM customers c TABLESAMPLE bernoulli (100) REPEATABLE (1)",
];

let database: PGlite;
let schema: SourceSchema;
let parser: SqlParser;
let guard: PostgresGuard;

beforeAll(async () => {
  database = await PGlite.create();
  schema = await openPolicyFixture(database);
  parser = await createLibpgParser();
  guard = createSqlGuard(parser);
});
afterAll(() => database.close());

/** What alice may do, worked out with this parser. */
async function accessWith(using: SqlParser): Promise<SourceAccess> {
  const { memory: policies } = await openPolicies(ANALYST_POLICIES);
  const restrictor = createStatementRestrictor(using);
  const saltOf = () => SALT_OF_TESTS;
  const dialect = createPostgresDialect({ parser, guard, restrictor });
  const engine = createPolicyEngine({ dialects: { of: () => dialect }, policies, saltOf });
  const alice = principal({ attributes: { region: "emea" } });
  return engine.access({ record: SOURCE, adapter: { dialect: "postgres" } }, alice, schema);
}

const judged = async (access: SourceAccess, sql: string) => {
  const verdict = guard.check(sql);
  return verdict.verdict === "allow" ? access.restrict(sql, verdict) : null;
};

/** It knows no view and no name, so that every rewritten statement is read again. */
const unproven = (real: SqlParser): SqlParser => ({
  ...real,
  parse: (sql) =>
    sql.startsWith("SELECT FROM ") ? { kind: "too_complex", message: "no" } : real.parse(sql),
});

/** What alice may do, and how often her statements were read again. */
async function counting(): Promise<{ access: SourceAccess; reads: () => number }> {
  let reads = 0;
  const read =
    <T>(with_: (sql: string) => T) =>
    (sql: string) => {
      reads++;
      return with_(sql);
    };
  const access = await accessWith({
    ...parser,
    parse: read(parser.parse),
    parseToText: read(parser.parseToText),
  });
  return { access, reads: () => reads };
}

/** A blank at its end makes another statement of it, over views that are known by then. */
async function readsOf(access: SourceAccess, reads: () => number, sql: string): Promise<number> {
  await judged(access, sql);
  const before = reads();
  expect((await judged(access, `${sql} `))?.kind, sql).toBe("statement");
  return reads() - before;
}

/** Those that are run with a view in them. */
async function withViews(access: SourceAccess, statements: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const sql of statements) {
    const outcome = await judged(access, sql);
    if (outcome?.kind === "statement" && outcome.sql.includes("policy_row")) found.push(sql);
  }
  return found;
}

describe("the quick proof", () => {
  it("gives what comparing whole trees gives", async () => {
    const quick = await accessWith(parser);
    const read = await accessWith(unproven(parser));
    const slow = await accessWith(unproven({ ...parser, parseToText: () => null }));
    for (const sql of [...STATEMENTS, ...SURROUNDED]) {
      const wanted = await judged(slow, sql);
      expect(await judged(quick, sql), sql).toEqual(wanted);
      expect(await judged(read, sql), sql).toEqual(wanted);
    }
  });

  it("reads nothing again where relations stand in plain tokens", async () => {
    const { access, reads } = await counting();
    for (const sql of PLAIN) expect(await readsOf(access, reads, sql), sql).toBe(0);
  });

  it("reads again what stands among comments, escapes and stars, and what names a schema before a column", async () => {
    const { access, reads } = await counting();
    for (const sql of SURROUNDED) expect(await readsOf(access, reads, sql), sql).toBeGreaterThan(0);
  });

  it("is enough for nearly every statement: no tree is made a second time", async () => {
    let parses = 0;
    const parse: SqlParser["parse"] = (sql) => {
      parses++;
      return parser.parse(sql);
    };
    const policies = await accessWith({ ...parser, parse });
    for (const sql of ALLOWED) await judged(policies, sql);
    parses = 0;
    // Blanks at the end make new statements of them.
    const again: string[] = [];
    for (const sql of ALLOWED) {
      const before = parses;
      await judged(policies, `${sql} `);
      if (parses > before) again.push(sql);
    }
    expect(again.length, again.join("\n")).toBeLessThan(ALLOWED.length / 4);
  });

  it("believes no view that the parser reads as another tree", async () => {
    const heard = (sql: string) => sql.replaceAll("policy_row", "other_row");
    const access = await accessWith({
      parse: (sql) => parser.parse(heard(sql)),
      parseToText: (sql) => parser.parseToText(heard(sql)),
      deparse: (statement) => parser.deparse(statement),
    });
    expect(await withViews(access, ALLOWED)).toEqual([]);
  });

  it("believes no name that the parser reads as another", async () => {
    const heard = (sql: string) => sql.replaceAll('"public".', '"other".');
    const access = await accessWith({
      parse: (sql) => parser.parse(heard(sql)),
      parseToText: (sql) => parser.parseToText(heard(sql)),
      deparse: (statement) => parser.deparse(statement),
    });
    for (const sql of ALLOWED) {
      const outcome = await judged(access, sql);
      if (outcome?.kind === "statement") expect(outcome.sql, sql).not.toContain('"public".');
    }
  });

  it("believes no text read again that the parser reads as another tree", async () => {
    let misreads = false;
    const heard = (sql: string) => (misreads ? sql.replaceAll("policy_row", "other_row") : sql);
    const access = await accessWith({
      parse: (sql) => parser.parse(heard(sql)),
      parseToText: (sql) => parser.parseToText(heard(sql)),
      deparse: (statement) => parser.deparse(statement),
    });
    // The views are written while it can still read.
    for (const sql of SURROUNDED) await judged(access, sql);
    misreads = true;
    expect(
      await withViews(
        access,
        SURROUNDED.map((sql) => `${sql} `),
      ),
    ).toEqual([]);
  });

  it("gives the guard's tree back as it was", async () => {
    const access = await accessWith(parser);
    for (const sql of STATEMENTS) {
      const [touched, fresh] = [guard.check(sql), guard.check(sql)];
      if (touched.verdict !== "allow") continue;
      await access.restrict(sql, touched);
      expect(touched.canonicalSql).toBe((fresh as AllowedStatement).canonicalSql);
    }
  });
});

describe("trees as text", () => {
  const same = (a: string, b: string) => {
    const [left, right] = [parser.parse(a), parser.parse(b)];
    if (left.kind !== "parsed" || right.kind !== "parsed") return;
    const texts = withoutPositions(left.text) === withoutPositions(right.text);
    expect(texts, `${a}\n${b}`).toBe(sameTree(left.statements, right.statements));
  };

  it("are equal where the trees are", () => {
    for (const sql of STATEMENTS) {
      same(sql, `/* moved */ ${sql.replaceAll(" ", "\n  ")}`);
      for (const other of STATEMENTS.slice(0, 20)) same(sql, other);
    }
  });

  it("keep what only looks like a position", () => {
    const piece = fc.constantFrom(
      '"location":',
      '\\"location":',
      ',"stmt_len":',
      "1",
      "22",
      "\\",
      '"',
      ",",
      "{",
      "x",
    );
    const word = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    const wrote = (text: string) => `SELECT '${text}' AS "a${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(word, word, (a, b) => same(wrote(a), wrote(b))),
      { numRuns: 2_000 },
    );
  });
});

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

describe("the quick proof", () => {
  it("gives what comparing whole trees gives", async () => {
    const quick = await accessWith(parser);
    const slow = await accessWith({ ...parser, parseToText: () => null });
    for (const sql of STATEMENTS)
      expect(await judged(quick, sql), sql).toEqual(await judged(slow, sql));
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

  it("believes no text that the parser reads as another tree", async () => {
    let misreads = false;
    const heard = (sql: string) => (misreads ? sql.replaceAll("policy_row", "other_row") : sql);
    const access = await accessWith({
      parse: (sql) => parser.parse(heard(sql)),
      parseToText: (sql) => parser.parseToText(heard(sql)),
      deparse: (statement) => parser.deparse(statement),
    });
    // The views are written while it can still read.
    for (const sql of ALLOWED) await judged(access, sql);
    misreads = true;
    const narrowed: string[] = [];
    for (const sql of ALLOWED.map((text) => `${text} `))
      if ((await judged(access, sql))?.kind === "statement") narrowed.push(sql);
    const honest = await accessWith(parser);
    for (const sql of narrowed) {
      const outcome = await judged(honest, sql);
      expect(outcome?.kind === "statement" && outcome.sql).not.toContain("policy_row");
    }
    expect(narrowed.length).toBeLessThan(ALLOWED.length / 2);
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

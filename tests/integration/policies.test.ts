/** What an analyst gets under policies, on PostgreSQL itself: the same as from views written by hand, and nothing else. */
// covers: POL-01, POL-02, POL-03, POL-04, POL-05
import { PGlite } from "@electric-sql/pglite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Principal } from "../../shared/kernel/context.ts";
import type { PolicyEngine, Restricted } from "../../shared/policy/ports.ts";
import type { SourceRecord, SourceSchema } from "../../shared/sources/ports.ts";
import type { AllowedStatement, GuardVerdict } from "../../shared/sql/ports.ts";
import { grant, openPolicies, principal } from "../support/policy-bench.ts";
import { ALLOWED, DENIED } from "../support/policy-cases.ts";
import { ANALYST_POLICIES, CANARY, openPolicyFixture } from "../support/policy-fixture.ts";
import { POLICY_CORPUS } from "../support/sql-corpus.ts";

const SOURCE: SourceRecord = {
  sourceId: "s",
  type: "embedded",
  config: {},
  builtin: false,
  createdAt: "2026",
};
const alice = principal({ attributes: { region: "emea" } });

let database: PGlite;
let schema: SourceSchema;
let check: (sql: string) => GuardVerdict;
let engine: PolicyEngine;

beforeAll(async () => {
  database = await PGlite.create();
  schema = await openPolicyFixture(database);
  const opened = await openPolicies(ANALYST_POLICIES);
  engine = opened.engine;
  check = (sql) => opened.tools.guard.check(sql);
});
afterAll(() => database.close());

type Verdict = Restricted | { readonly kind: "guard" };

async function judge(sql: string, who: Principal, policies = engine): Promise<Verdict> {
  const verdict = check(sql);
  if (verdict.verdict !== "allow") return { kind: "guard" };
  const access = await policies.access(
    { record: SOURCE, adapter: { dialect: "postgres" } },
    who,
    schema,
  );
  return access.restrict(sql, verdict as AllowedStatement);
}

async function rowsOf(sql: string, params: readonly unknown[] = [], path = "public") {
  await database.exec(`BEGIN READ ONLY; SET LOCAL search_path = ${path}`);
  try {
    const { rows, fields } = await database.query<unknown[]>(sql, [...params], {
      rowMode: "array",
    });
    return { rows, names: fields.map((field) => field.name) };
  } finally {
    await database.exec("ROLLBACK");
  }
}

async function run(sql: string, who: Principal = alice, policies = engine) {
  const verdict = await judge(sql, who, policies);
  if (verdict.kind !== "statement") throw new Error(JSON.stringify(verdict));
  return rowsOf(verdict.sql, verdict.params);
}

const ruleOf = (verdict: Verdict): string =>
  verdict.kind === "refused" ? (verdict.reasons[0]?.rule ?? "") : verdict.kind;

describe("an allowed statement", () => {
  it.each(ALLOWED)("gives what a view written by hand gives: %s", async (sql) => {
    const expected = await rowsOf(sql, [], "by_hand, public");
    const got = await run(sql);
    expect(got).toEqual(expected);
    expect(JSON.stringify(got)).not.toContain(CANARY);
  });
});

describe("a name with its schema", () => {
  it("finds the same as the name alone, in FROM and before a column", async () => {
    const alone = await run("SELECT name FROM customers WHERE id > 9 ORDER BY id");
    for (const table of ["public.customers", 'PUBLIC . "customers"', "public/* x */. customers"])
      expect(
        await run(
          `SELECT public.customers.name FROM ${table} WHERE ${table}.id > 9 ORDER BY customers.id`,
        ),
      ).toEqual(alone);
  });
});

describe("a sample", () => {
  it("is of the table, and the filter holds over it", async () => {
    const whole = await run("SELECT amount FROM salaries ORDER BY 1");
    for (const method of ["BERNOULLI (100)", "SYSTEM (100) REPEATABLE (1)"])
      expect(await run(`SELECT s.amount FROM salaries s TABLESAMPLE ${method} ORDER BY 1`)).toEqual(
        whole,
      );
  });
});

describe("a denied statement", () => {
  it.each(DENIED)("is refused as %s: %s", async (rule, sql) => {
    const verdict = await judge(sql, alice);
    const rules = verdict.kind === "refused" ? verdict.reasons.map((one) => one.rule) : [];
    expect([ruleOf(verdict), ...rules]).toContain(rule);
  });

  it("is the same for a table that is forbidden and one that does not exist", async () => {
    const forbidden = await judge("SELECT * FROM secrets", alice);
    const unknown = await judge("SELECT * FROM secretz", alice);
    expect(JSON.stringify(forbidden)).toBe(
      JSON.stringify(unknown).replaceAll("secretz", "secrets"),
    );
  });

  it("is refused as a whole where it is nested too deeply to be rewritten", async () => {
    const deep = `SELECT 1 FROM customers WHERE ${"(".repeat(900)}1${"+1)".repeat(900)} > 0`;
    const verdict = await judge(deep, alice);
    expect(["refused", "statement", "guard"]).toContain(verdict.kind);
    if (verdict.kind === "statement")
      expect((await rowsOf(verdict.sql, verdict.params)).rows.length).toBe(16);
  });
});

describe("the policy catalogue", () => {
  const policies = [
    ...["orders", "employees", "events", "Order Items", "update_log", "active_customers"].map(
      (table) => grant(table),
    ),
    grant("customers", { columns: { kind: "deny", names: ["ssn"] } }),
  ];
  it.each(POLICY_CORPUS)("$expect $id: $sql", async ({ sql, expect: expected, tables }) => {
    const { engine: own } = await openPolicies(policies);
    const verdict = await judge(sql, alice, own);
    expect(verdict.kind === "statement").toBe(expected === "allow");
    if (verdict.kind !== "statement") return;
    await rowsOf(verdict.sql, verdict.params);
    const allowed = check(sql) as AllowedStatement;
    const read = allowed.tables.map(({ schema: at, name }) => `${at ?? "public"}.${name}`);
    expect(read).toEqual(tables);
  });
});

describe("a condition of the caller's own", () => {
  const oracles = [
    "SELECT id FROM salaries WHERE 1 / (amount - 1001) IS NOT NULL",
    "SELECT id FROM salaries WHERE code::int > 0",
    "SELECT id FROM salaries s WHERE CASE WHEN s.amount = 1003 THEN 1 / (s.amount - 1003) ELSE 1 END = 1",
    "SELECT a.id FROM salaries a JOIN salaries b ON 1 / (b.amount - 1005) >= 0 AND a.id = b.id",
    "SELECT id FROM salaries ORDER BY 1 / (amount - 1007)",
    "SELECT count(*) FILTER (WHERE code::int > 0) FROM salaries",
    "SELECT id FROM salaries WHERE id IN (SELECT id FROM salaries WHERE code::int > 1)",
    "SELECT id FROM (SELECT * FROM salaries) q WHERE q.code::int > 0",
    "WITH q AS (TABLE salaries) SELECT id FROM q WHERE code::int > 0",
  ];

  it.each(oracles)("is never tried on a row that the filter hides: %s", async (sql) => {
    // Over the table itself the hidden rows raise an error.
    await expect(rowsOf(sql)).rejects.toThrow();
    await run(sql);
  });

  it("would be, without the fence", async () => {
    const sql = "SELECT id FROM salaries WHERE code::int > 0";
    const verdict = await judge(sql, alice);
    if (verdict.kind !== "statement") throw new Error(verdict.kind);
    const unfenced = verdict.sql
      .replace(" OFFSET 0", "")
      .replace("policy_row.owner =", "repeat(repeat(repeat(policy_row.owner, 1), 1), 1) =");
    await expect(rowsOf(unfenced, verdict.params)).rejects.toThrow(CANARY);
  });
});

describe("an attribute", () => {
  it("is bound and never part of the text", async () => {
    const nasty = principal({ attributes: { region: "emea' OR true --" } });
    const verdict = await judge("SELECT id FROM customers", nasty);
    expect(JSON.stringify(verdict)).toContain("emea' OR true --");
    expect(verdict.kind === "statement" && verdict.sql).not.toContain("OR true");
    expect((await run("SELECT id FROM customers", nasty)).rows).toEqual([]);
  });

  it("that is missing matches no row, whatever the filter makes of it", async () => {
    const policies = [
      "region = {principal.region}",
      "{principal.region} IS NULL",
      "NOT (region = {principal.region})",
    ];
    for (const rowFilter of policies) {
      const { engine: own } = await openPolicies([grant("customers", { rowFilter })]);
      expect((await run("SELECT id FROM customers", principal(), own)).rows).toEqual([]);
    }
  });

  it("comes after the statement's own parameters", async () => {
    const sql = "SELECT id FROM customers WHERE id > $1 AND name <> $2 ORDER BY id LIMIT 1";
    const verdict = await judge(sql, alice);
    if (verdict.kind !== "statement") throw new Error(verdict.kind);
    expect((await rowsOf(verdict.sql, [30, "x", ...verdict.params])).rows).toEqual([[33]]);
  });
});

describe("grants of several roles", () => {
  const both = principal({ roles: ["analyst", "auditor"] });
  const open = async (...policies: Parameters<typeof openPolicies>[0] & object) =>
    (await openPolicies(policies)).engine;
  const auditor = (table: string, part: Parameters<typeof grant>[1] = {}) =>
    grant(table, { roles: ["auditor"], ...part });

  it("add up row by row, and a row shows of its columns what one of its grants shows", async () => {
    const own = await open(
      grant("salaries", { rowFilter: "owner = 'alice'" }),
      auditor("salaries", {
        rowFilter: "id <= 3",
        masks: {
          amount: { kind: "null", filterable: false },
          code: { kind: "hash", filterable: false },
        },
      }),
    );
    const { rows } = await run("SELECT id, amount, code FROM salaries ORDER BY id", both, own);
    expect(rows.slice(0, 4)).toEqual([
      [1, null, null],
      [2, 1002, "2"],
      [3, null, null],
      [4, 1004, "4"],
    ]);
    expect(rows).toHaveLength(12);
    expect(JSON.stringify(rows)).not.toContain(CANARY);
  });

  it("never show a column in rows where only a grant that hides it applies", async () => {
    const own = await open(
      grant("salaries", { rowFilter: "id = 1" }),
      auditor("salaries", { columns: { kind: "deny", names: ["code"] } }),
    );
    const { rows } = await run("SELECT id, code FROM salaries ORDER BY id", both, own);
    expect(rows.map(([, code]) => code).filter((code) => code !== null)).toEqual(["CANARY-code-1"]);
  });

  it("show everything where one of them does", async () => {
    const own = await open(grant("salaries", { rowFilter: "false" }), auditor("salaries"));
    expect((await run("SELECT * FROM salaries", both, own)).rows).toHaveLength(20);
  });

  it("grant nothing by a role that is not held, and nothing at all without one", async () => {
    const own = await open(auditor("salaries"));
    expect(await judge("SELECT 1 FROM salaries", alice, own)).toMatchObject({ kind: "missing" });
    expect(await judge("SELECT 1", alice, own)).toMatchObject({ kind: "statement" });
  });

  it("restrict no admin, and nobody where a source has no policy", async () => {
    const admin = principal({ permissions: new Set(["admin"]), roles: [] });
    expect((await run("SELECT token FROM secrets", admin)).rows).toEqual([["CANARY-token"]]);
    const none = (await openPolicies()).engine;
    expect((await run("SELECT token FROM secrets", alice, none)).rows).toEqual([["CANARY-token"]]);
  });
});

describe("masks", () => {
  const masked = async (
    masks: NonNullable<Parameters<typeof grant>[1]>["masks"] & object,
    sql: string,
  ) => (await run(sql, alice, (await openPolicies([grant("feelings", { masks })])).engine)).rows;

  it("keep the type where they can, and null where there was null but for constants", async () => {
    const f = false;
    const sql = "SELECT id, mood, diary FROM feelings ORDER BY 1";
    expect(
      await masked(
        {
          mood: { kind: "null", filterable: f },
          diary: { kind: "partial", keepLast: 3, filterable: f },
        },
        sql,
      ),
    ).toEqual([
      [1, null, "****fgh"],
      [2, null, "****"],
      [3, null, null],
    ]);
    expect(
      await masked(
        {
          mood: { kind: "constant", value: "glad", filterable: f },
          id: { kind: "constant", value: 0, filterable: true },
        },
        sql,
      ),
    ).toEqual([
      [0, "glad", "abcdefgh"],
      [0, "glad", "xyz"],
      [0, "glad", null],
    ]);
  });

  it("by hash are SHA-256 of the salt and the value, and the salt is bound", async () => {
    const rows = await masked(
      { diary: { kind: "hash", filterable: false } },
      "SELECT diary FROM feelings ORDER BY id",
    );
    const expected = await rowsOf(
      "SELECT encode(sha256(convert_to('salt' || diary, 'UTF8')), 'hex') FROM feelings ORDER BY id",
    );
    expect(rows).toEqual(expected.rows);
  });
});

describe("whatever is asked", () => {
  const table = fc.constantFrom(
    "customers",
    "orders",
    "employees",
    "events",
    "salaries",
    "secrets",
    "update_log",
    "feelings",
  );
  const column = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("t.id", "*", "t.*", "count(*)", "t", "to_jsonb(t)") },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ..."name ssn email note status salary payload token code amount owner updated_by diary".split(
          " ",
        ),
        ..."t.ssn t.note (t).payload t::text t.row_to_json t.ctid row_to_json(t) array_agg(t)".split(
          " ",
        ),
      ),
    },
  );
  const condition = fc.constantFrom(
    "true",
    "true",
    "true",
    "t.id < 9",
    "t.id > 3",
    "code::int > 0",
    "note IS NOT NULL",
    "1 / (amount - 1001) > 0",
    "t::text LIKE '%CANARY%'",
    "ssn LIKE 'C%'",
    "EXISTS (SELECT token FROM secrets)",
    "t.id IN (SELECT id FROM salaries)",
    "region <> 'emea'",
    "name = ANY (SELECT email FROM customers)",
  );
  const from = fc
    .tuple(
      table,
      table,
      fc.constantFrom(
        (a: string) => `${a} t`,
        (a: string) => `(SELECT * FROM ${a}) t`,
        (a: string) => `(TABLE ${a}) AS t`,
        (a: string, b: string) => `${a} t JOIN ${b} u USING (id)`,
        (a: string, b: string) => `${a} t LEFT JOIN ${b} u ON t.id = u.id`,
        (a: string, b: string) => `${b} u, LATERAL (SELECT x.* FROM ${a} x WHERE x.id = u.id) t`,
        (a: string, b: string) => `(${a} a NATURAL JOIN ${b} b) AS t`,
        (a: string) => `ONLY ${a} AS t(a, b, c)`,
        (a: string) => `public.${a} AS t TABLESAMPLE BERNOULLI (100)`,
      ),
    )
    .map(([a, b, make]) => make(a, b));
  const query = fc
    .tuple(
      fc.array(column, { minLength: 1, maxLength: 3 }),
      from,
      condition,
      fc.constantFrom("", " ORDER BY 1", " GROUP BY 1", " LIMIT 5"),
    )
    .map(
      ([columns, source, where, end]) =>
        `SELECT ${columns.join(", ")} FROM ${source} WHERE ${where}${end}`,
    );
  const statement = fc.oneof(
    query,
    query.map((inner) => `WITH q AS (${inner}) SELECT * FROM q`),
    query.map((inner) => `SELECT to_jsonb(q) FROM (${inner}) q`),
    query.map((inner) => `SELECT ARRAY(${inner})::text`),
    fc.tuple(query, query).map(([a, b]) => `(${a}) UNION ALL (${b})`),
    query.map((inner) => `EXPLAIN (VERBOSE) ${inner}`),
  );

  it("no hidden value is in a result, in a name or in what is said of an error", async () => {
    const kinds = { rows: 0, error: 0, denied: 0 };
    await fc.assert(
      fc.asyncProperty(statement, async (sql) => {
        const verdict = await judge(sql, alice);
        if (verdict.kind !== "statement") {
          kinds.denied++;
          expect(JSON.stringify(verdict).replaceAll("%CANARY%", "")).not.toContain(CANARY);
          return;
        }
        try {
          const { rows } = await rowsOf(verdict.sql, verdict.params);
          kinds.rows++;
          expect(JSON.stringify(rows)).not.toContain(CANARY);
        } catch (error) {
          kinds.error++;
          // Not even the source's own words, which the caller is not shown, hold what it does not see.
          expect(String(error)).not.toContain(CANARY);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(kinds.rows).toBeGreaterThan(20);
    expect(kinds.denied).toBeGreaterThan(20);
  });
});

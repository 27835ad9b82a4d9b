/** What an analyst gets of a data lake under policies: the visible part, and no way to the canaries in the rest. */
// covers: POL-11
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PolicyRequest } from "../../shared/contract/policies.ts";
import { savePolicy } from "../../shared/policy/manage-policies.ts";
import type { PolicyDialect, SourceAccess } from "../../shared/policy/ports.ts";
import type { OpenSource, SourceSchema } from "../../shared/sources/ports.ts";
import { testContext } from "../support/call-context.ts";
import { type Lake, type LakeSource, startLake } from "../support/lake.ts";
import { grant, openPolicies, principal } from "../support/policy-bench.ts";
import { quiet } from "../support/source-fixture.ts";

const policies = [
  grant("people", {
    schema: "main",
    columns: { kind: "allow", names: ["id", "region", "email", "phone", "badge", "pay"] },
    rowFilter: "region = {principal.region}",
    masks: {
      email: { kind: "hash", filterable: false },
      phone: { kind: "partial", keepLast: 2, filterable: true },
      badge: { kind: "constant", value: "it's", filterable: false },
      pay: { kind: "null", filterable: false },
    },
  }),
  grant("notes", { schema: "main", columns: { kind: "deny", names: ["body"] } }),
];

let lake: Lake;
let source: LakeSource;
let schema: SourceSchema;
let dialect: PolicyDialect;
let bench: Awaited<ReturnType<typeof openPolicies>>;
let access: SourceAccess;
let open: OpenSource;

beforeAll(async () => {
  lake = await startLake();
  await lake.write(
    "people/a.parquet",
    `SELECT i AS id, CASE WHEN i < 3 THEN 'eu' ELSE 'us' END AS region, 'CANARY-mail-' || i AS email,
      CASE WHEN i < 3 THEN '0123456' ELSE 'CANARY-phone' END AS phone, 'CANARY-badge' AS badge, 424242 AS pay,
      'CANARY-ssn' AS ssn FROM range(6) t(i)`,
  );
  await lake.write("notes/a.parquet", "SELECT 1 AS id, 'CANARY-body' AS body");
  await lake.write("secrets/a.parquet", "SELECT 'CANARY-secret' AS token");
  source = await lake.open();
  schema = await source.adapter.introspect(quiet());
  bench = await openPolicies(policies);
  dialect = await bench.dialects.of("duckdb");
  open = {
    record: { sourceId: "s", type: "data_lake", config: {}, builtin: false, createdAt: "2026" },
    adapter: source.adapter,
  };
  access = await bench.engine.access(open, principal({ attributes: { region: "eu" } }), schema);
}, 60_000);
afterAll(() => lake?.stop());

async function restrict(sql: string, by = access) {
  const verdict = await dialect.check(sql);
  if (verdict.verdict !== "allow") return { kind: "guard" as const };
  return by.restrict(sql, verdict);
}

async function run(sql: string, params: readonly string[] = [], by = access) {
  const made = await restrict(sql, by);
  if (made.kind !== "statement") throw new Error(JSON.stringify(made));
  return source.run(made.sql, [...params, ...made.params]);
}

const ruleOf = (made: Awaited<ReturnType<typeof restrict>>) =>
  made.kind === "refused" ? made.reasons[0]?.rule : made.kind;

describe("a restricted statement over the lake", () => {
  it.each([
    "SELECT * FROM people",
    "FROM people",
    'SELECT * FROM "PEOPLE"',
    "SELECT p.* FROM Main.PEOPLE AS p",
    "SELECT email AS e, phone FROM people ORDER BY id",
    "SELECT main.people.email FROM main.people",
    "SELECT region, count(*) FROM people GROUP BY ALL",
    "WITH c AS (SELECT id, phone FROM people) SELECT * FROM c",
    "SELECT id FROM (SELECT id, region FROM people) x UNION ALL SELECT id FROM notes",
    "SELECT a.id, b.phone FROM people a JOIN people b ON a.id = b.id",
    "SELECT (SELECT max(phone) FROM people) AS m, EXISTS (SELECT 1 FROM people WHERE region = 'us')",
    "SELECT DISTINCT phone FROM people WHERE phone <> 'x'",
  ])("shows only what its caller may see: %s", async (sql) => {
    const text = JSON.stringify(await run(sql));
    expect(text).not.toMatch(/CANARY|424242|"us"|0123456/);
  });

  it("masks each column as its policy says, with the attribute as a bound value", async () => {
    const { rows, columns } = await run("SELECT * FROM people WHERE id < $1::INT ORDER BY id", [
      "1",
    ]);
    expect(columns.map((column) => column.name)).toEqual([
      "id",
      "region",
      "email",
      "phone",
      "badge",
      "pay",
    ]);
    expect(rows).toEqual([
      [0, "eu", expect.stringMatching(/^[0-9a-f]{64}$/), "****56", "it's", null],
    ]);
    const made = await restrict("SELECT id FROM people");
    expect(made).toMatchObject({ params: ["eu", "salt"], narrowed: true });
    expect(made.kind === "statement" && made.sql).toMatch(/OFFSET 0\)/);
    expect(made.kind === "statement" && made.sql).not.toMatch(/'(eu|salt)'/);
  });

  it.each([
    ["SELECT token FROM secrets", "missing"],
    ["SELECT 1 FROM nowhere", "missing"],
    ["SELECT id FROM people WHERE email = 'x'", "masked_column"],
    ["SELECT email AS e FROM people WHERE e = 'x'", "masked_column"],
    ["SELECT email FROM people ORDER BY 1", "masked_column"],
    ["SELECT DISTINCT email FROM people", "masked_column"],
    ["SELECT upper(email) FROM people", "masked_column"],
    ["SELECT email, count(*) FROM people GROUP BY ALL", "masked_column"],
    ["SELECT p FROM people p", "masked_column"],
    ["SELECT 1 FROM (SELECT * FROM people)", "masked_column"],
    ["SELECT 1 FROM people JOIN people b USING (email)", "masked_column"],
    ["SUMMARIZE people", "masked_column"],
    ["DESCRIBE people", "masked_column"],
    ["FROM people PIVOT (count(id) FOR email IN ('a'))", "masked_column"],
    ["SELECT COLUMNS('e.*') FROM people", "masked_column"],
    ["SELECT x FROM people AS p(x, y)", "hidden_columns"],
    ["SELECT id FROM people NATURAL JOIN notes", "hidden_columns"],
    ["SELECT * FROM notes", "hidden_columns"],
    ["FROM notes", "hidden_columns"],
    ["EXPLAIN SELECT id FROM people", "explain_restricted"],
    ["FROM duckdb_tables()", "guard"],
  ])("is not run: %s", async (sql, rule) => {
    expect(ruleOf(await restrict(sql))).toBe(rule);
  });

  it.each(["SELECT ssn FROM people", "SELECT body FROM notes", "SELECT rowid FROM people"])(
    "finds no hidden column: %s",
    async (sql) => {
      await expect(run(sql)).rejects.toMatchObject({ code: "query_failed" });
    },
  );

  it("tries no condition of the caller's on a row that the filter hides", async () => {
    // The cast fails on hidden rows alone.
    const { rows } = await run(
      "SELECT count(*) FROM people WHERE CASE WHEN id > 2 THEN (region || id)::INT ELSE 1 END = 1",
    );
    expect(rows).toEqual([[3]]);
  });

  it("matches no row for a caller without the attribute, and shows the schema's visible part", async () => {
    const without = await bench.engine.access(open, principal(), schema);
    expect((await run("SELECT id FROM people", [], without)).rows).toEqual([]);
    expect(access.schema.tables.map((table) => table.name).sort()).toEqual(["notes", "people"]);
    expect(JSON.stringify(access.schema)).not.toMatch(/ssn|body|secrets/);
  });
});

describe("a policy for the lake", () => {
  const save = (part: object) =>
    savePolicy(
      {
        policyStore: bench.store,
        policyMemory: bench.memory,
        policyDialects: bench.dialects,
        sources: { resolve: async () => open, refresh: async () => schema },
      },
      {
        policyId: "tried",
        request: PolicyRequest.parse({
          source: "s",
          roles: ["other"],
          table: { name: "people" },
          ...part,
        }),
      },
      testContext().ctx,
    );

  it("is saved when it plans on the files, under the lake's own schema", async () => {
    const { policy } = await save({
      row_filter: "REGION = {principal.region} OR id > 2 -- why",
      masks: { email: { kind: "hash" }, pay: { kind: "constant", value: 0 } },
    });
    expect(policy.schema).toBe("main");
  });

  it.each([
    "id IN (SELECT 1)",
    "true) UNION SELECT (true",
    "true), (true",
    "count(*) > 1",
    "row_number() OVER () = 1",
    "people.id = 1",
    "nothing = 1",
    "region = '{principal.region}'",
    "id = $other",
    "read_text('/etc/passwd') = ''",
  ])("is not saved with the row filter %s", async (filter) => {
    await expect(save({ row_filter: filter })).rejects.toMatchObject({
      code: expect.stringMatching(/request_invalid|query_failed/),
    });
  });
});

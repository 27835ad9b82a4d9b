/** What an analyst gets of Snowflake under policies, over the real driver: the visible part, and nothing else. */
// covers: POL-12
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PolicyDialect, SourceAccess } from "../../shared/policy/ports.ts";
import { collect } from "../../shared/sources/collect.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { grant, openPolicies, principal } from "../support/policy-bench.ts";
import { type SnowflakeBench, startSnowflakeBench } from "../support/snowflake-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";

const policies = [
  grant("ITEMS", {
    schema: "PUBLIC",
    columns: { kind: "allow", names: ["ITEM_ID", "TEAM_ID", "NAME", "REGION", "PRICE"] },
    rowFilter: "region = {principal.region} AND item_id < 5",
    masks: {
      NAME: { kind: "hash", filterable: false },
      REGION: { kind: "partial", keepLast: 1, filterable: true },
      PRICE: { kind: "null", filterable: false },
    },
  }),
  grant("TEAMS", { schema: "PUBLIC", columns: { kind: "deny", names: ["NAME"] } }),
];

let bench: SnowflakeBench;
let adapter: SourceAdapter;
let dialect: PolicyDialect;
let access: SourceAccess;
beforeAll(async () => {
  bench = await startSnowflakeBench();
  adapter = await bench.open();
  const { engine, dialects } = await openPolicies(policies);
  dialect = await dialects.of("snowflake");
  const schema = await adapter.introspect(quiet());
  access = await engine.access(
    {
      record: { sourceId: "s", type: "snowflake", config: {}, builtin: false, createdAt: "2026" },
      adapter,
    },
    principal({ attributes: { region: "EU" } }),
    schema,
  );
}, 60_000);
afterAll(() => bench?.close());

async function restrict(sql: string) {
  const verdict = await dialect.check(sql);
  if (verdict.verdict !== "allow") return { kind: "guard" as const };
  return access.restrict(sql, verdict);
}

async function run(sql: string, params: readonly number[] = []) {
  const made = await restrict(sql);
  if (made.kind !== "statement") throw new Error(JSON.stringify(made));
  const statement = { sql: made.sql, params: [...params, ...made.params] };
  return collect(adapter.execute(statement, budget(), quiet()));
}

const ruleOf = (made: Awaited<ReturnType<typeof restrict>>) =>
  made.kind === "refused" ? made.reasons[0]?.rule : made.kind;

describe("a restricted statement over Snowflake", () => {
  it("gives the rows of the filter with their masks, after the caller's own parameters", async () => {
    const { rows, columns } = await run("SELECT * FROM items WHERE item_id > $1", [2]);
    expect(columns.map((column) => column.name)).toEqual(policies[0]?.columns?.names);
    expect(rows).toEqual([[4, 1, expect.stringMatching(/^[0-9a-f]{64}$/), "****U", null]]);
  });

  it.each([
    ["SELECT COUNT(*) FROM items", [[2]]],
    ['SELECT COUNT(*) FROM public."ITEMS" AS i', [[2]]],
    ["WITH c AS (SELECT item_id FROM items) SELECT SUM(item_id) FROM c", [[6]]],
    ["SELECT item_id FROM items UNION SELECT item_id FROM items ORDER BY 1", [[2], [4]]],
    ["SELECT COUNT(*) FROM items a JOIN items b ON a.item_id = b.item_id", [[2]]],
    ["SELECT COUNT(*) FROM teams WHERE team_id IN (SELECT team_id FROM items)", [[1]]],
    ["WITH items AS (SELECT 7 AS n) SELECT n FROM items", [[7]]],
  ])("reads through the policy wherever the table stands: %s", async (sql, expected) => {
    expect((await run(sql)).rows).toEqual(expected);
  });

  it.each([
    ["SELECT * FROM my_items", "missing"],
    ["SELECT * FROM nowhere", "missing"],
    ["SELECT item_id FROM items WHERE name = 'item 2'", "masked_column"],
    ["SELECT name AS n FROM items WHERE n = 'x'", "masked_column"],
    ["SELECT name FROM items ORDER BY 1", "masked_column"],
    ["SELECT DISTINCT name FROM items", "masked_column"],
    ["SELECT UPPER(name) FROM items", "masked_column"],
    ["SELECT 1 FROM (SELECT * FROM items)", "masked_column"],
    ["SELECT OBJECT_CONSTRUCT(*) FROM items", "masked_column"],
    ['SELECT i."NAME" FROM items i GROUP BY i."NAME"', "masked_column"],
    ["SELECT a FROM items AS i (a, b)", "hidden_columns"],
    ["SELECT item_id FROM items NATURAL JOIN teams", "hidden_columns"],
    ["SELECT * FROM teams", "hidden_columns"],
    ["EXPLAIN SELECT item_id FROM items", "explain_restricted"],
  ])("is not run: %s", async (sql, rule) => {
    expect(ruleOf(await restrict(sql))).toBe(rule);
  });

  it.each(["SELECT extra FROM items", "SELECT name FROM teams"])(
    "finds no hidden column: %s",
    async (sql) => {
      await expect(run(sql)).rejects.toMatchObject({ code: expect.any(String) });
    },
  );

  it("binds attributes and salts as parameters, and is fenced", async () => {
    const made = await restrict("SELECT item_id, name FROM items");
    expect(made).toMatchObject({ kind: "statement", params: ["salt", "EU"] });
    expect(made.kind === "statement" && made.sql).toMatch(/LIMIT 1000000000000 \)/);
    expect(JSON.stringify(made.kind === "statement" && made.sql)).not.toMatch(/'EU'|salt|\{/);
  });
});

describe("a row filter for Snowflake", () => {
  it.each([
    "item_id IN (SELECT 1)",
    "TRUE) UNION SELECT (TRUE",
    "TRUE, TRUE",
    "ROW_NUMBER() OVER (ORDER BY 1) = 1",
    "items.item_id = 1",
    "SYSTEM$WAIT(1) = ''",
    '"{mask_salt}" = $2',
    '"{mask_salt}" = 1',
  ])("is refused where it is more than one expression over one row: %s", async (expression) => {
    const reading = await dialect.readFilter({ expression, values: [], places: 0 });
    expect(reading.kind).toBe("invalid");
  });
});

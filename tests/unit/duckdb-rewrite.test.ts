/** A restricted query stands in for every table of a statement, wherever the table is named, and for nothing else. */
// covers: LAKE-03
import { describe, expect, it } from "vitest";
import { createDuckdbParser } from "../../shared/adapters/data-lake/duckdb-parser.ts";
import type { DuckdbAst } from "../../shared/sql/duckdb/ports.ts";
import { type ReplaceTable, rewriteDuckdbTables } from "../../shared/sql/duckdb/rewrite-tables.ts";
import { DUCKDB_ALLOW } from "../support/duckdb-cases.ts";
import { openDuckdbFixture } from "../support/duckdb-fixture.ts";

const parser = createDuckdbParser();
const duckdb = openDuckdbFixture();

async function treeOf(sql: string): Promise<DuckdbAst> {
  const outcome = await parser.parse(sql);
  if (outcome.kind !== "parsed" || outcome.statements[0] === undefined)
    throw new Error(`${sql}: ${JSON.stringify(outcome)}`);
  return outcome.statements[0];
}

async function rewritten(sql: string, replace: ReplaceTable): Promise<string> {
  return parser.write(rewriteDuckdbTables(await treeOf(sql), replace));
}

const rows = async (sql: string) => (await duckdb().runAndReadAll(sql, [])).getRowsJson();

/** Only region 1 may be seen, and its amount not at all. */
const RESTRICTED =
  "SELECT * REPLACE (NULL::DECIMAL(12,2) AS amount) FROM main.sales WHERE region = 'region 1'";

describe("a rewritten statement", () => {
  it.each([
    ["SELECT DISTINCT region FROM sales", [["region 1"]]],
    ["SELECT DISTINCT sales.region FROM Main.SALES", [["region 1"]]],
    ["SELECT DISTINCT main.sales.region FROM main.sales", [["region 1"]]],
    ["SELECT DISTINCT a.r FROM sales AS a(i, r)", [["region 1"]]],
    ["SELECT DISTINCT s.region FROM regions JOIN sales s USING (region)", [["region 1"]]],
    ["SELECT max(amount) FROM sales", [[null]]],
    ["WITH a AS (FROM sales) SELECT DISTINCT region FROM a", [["region 1"]]],
    ["WITH sales AS (SELECT 'other' AS region) SELECT region FROM sales", [["other"]]],
    ["SELECT (SELECT string_agg(DISTINCT region) FROM sales)", [["region 1"]]],
    ["SELECT 1 WHERE 'region 0' IN (SELECT region FROM sales)", []],
    [
      "SELECT region FROM sales WHERE n < 3 UNION SELECT region FROM sales WHERE n < 2",
      [["region 1"]],
    ],
    [
      "FROM sales PIVOT (count(n) FOR region IN ('region 0', 'region 1')) SELECT sum(\"region 0\")",
      [["0"]],
    ],
    ["SELECT DISTINCT region FROM sales USING SAMPLE 100%", [["region 1"]]],
    [
      "SELECT DISTINCT x.region FROM regions r, LATERAL (SELECT region FROM sales s WHERE s.region = r.region) x",
      [["region 1"]],
    ],
    ["SELECT 1 ORDER BY (SELECT max(amount) FROM sales)", [[1]]],
    ["SELECT min FROM (SUMMARIZE sales) WHERE column_name = 'region'", [["region 1"]]],
    ["SELECT count(*) FROM (DESCRIBE sales)", [["8"]]],
    [
      "WITH RECURSIVE r AS (SELECT region FROM sales UNION SELECT region FROM r) FROM r",
      [["region 1"]],
    ],
    [
      "SELECT n FROM (SELECT 12345678901234567890123 AS n FROM sales LIMIT 1)",
      [["12345678901234567890123"]],
    ],
  ])("sees the restricted rows alone: %s", async (sql, expected) => {
    const subselect = await treeOf(RESTRICTED);
    const text = await rewritten(sql, ({ name }) => (name === "sales" ? subselect : null));
    expect(await rows(text)).toEqual(expected);
  });

  it("leaves the given tree as it was, and names each table as the statement has it", async () => {
    const tree = await treeOf("FROM Main.Sales, regions, (WITH c AS (SELECT 1) FROM c)");
    const before = JSON.stringify(tree);
    const asked: unknown[] = [];
    rewriteDuckdbTables(tree, (table) => {
      asked.push(table);
      return null;
    });
    expect(JSON.stringify(tree)).toBe(before);
    expect(asked).toHaveLength(2);
    expect(asked).toEqual(
      expect.arrayContaining([
        { schema: "main", name: "sales" },
        { schema: null, name: "regions" },
      ]),
    );
  });

  it("is not made from a tree with a node that no rule knows", async () => {
    const tree = await treeOf("SELECT 1");
    const node = tree.node as Record<string, unknown>;
    expect(() =>
      rewriteDuckdbTables({ ...tree, node: { ...node, new_clause: {} } }, () => null),
    ).toThrow("new_clause");
  });

  it.each(DUCKDB_ALLOW.filter((sql) => !/explain|random|SAMPLE|now\(\)|\$\d|\?/i.test(sql)))(
    "answers as before where nothing is replaced by more than itself: %s",
    async (sql) => {
      const same = new Map([
        ["sales", await treeOf("FROM main.sales")],
        ["regions", await treeOf("FROM main.regions")],
      ]);
      const text = await rewritten(sql, ({ name }) => same.get(name) ?? null);
      const sorted = (list: unknown[]) => list.map((row) => JSON.stringify(row)).sort();
      expect(sorted(await rows(text))).toEqual(sorted(await rows(sql)));
    },
  );
});

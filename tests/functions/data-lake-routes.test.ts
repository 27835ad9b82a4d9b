/** The data lake through the shipped bundle: registered, asked, refused, planned, cached and seen to change. */
// covers: SRC-08, LAKE-07
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lake, startLake } from "../support/lake.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

let lake: Lake;
let platform: Platform;
beforeAll(async () => {
  [lake, platform] = await Promise.all([startLake(), startPlatform()]);
  await lake.write("sales/year=2024/a.parquet", "SELECT i AS n FROM range(4) t(i)");
});
afterAll(async () => {
  await platform?.stop();
  await lake?.stop();
});

const query = (sql: string, more: object = {}) =>
  platform.call("POST", "query", { source: "lake", sql, ...more });

describe("a data lake", () => {
  it("is registered with what its credential could do, and shows no secret", async () => {
    const form = {
      source_id: "lake",
      type: "data_lake",
      config: { container: "lake" },
      credentials: { kind: "connection_string", connection_string: lake.connectionString },
    };
    const missing = await platform.call("POST", "sources", {
      ...form,
      config: { container: "missing" },
    });
    expect(missing.status).toBe(400);
    expect(missing.body.detail).toContain("The container missing of lake does not exist.");
    const answer = await platform.call("POST", "sources", form);
    expect(answer.status).toBe(201);
    expect(answer.body.privileges).toMatchObject([{ privilege: "account_key" }]);
    expect(answer.text).not.toContain("AccountKey");
    const schema = await platform.call("GET", "sources/lake/schema?detail=full");
    expect(schema.body.tables).toMatchObject([
      {
        columns: [
          { name: "n", type: "bigint" },
          { name: "year", type: "bigint" },
        ],
      },
    ]);
  });

  it("answers SQL in DuckDB's dialect, with parameters", async () => {
    const { status, body } = await query(
      "FROM sales SELECT year, sum(n) AS total GROUP BY ALL",
      {},
    );
    expect([status, body.rows]).toEqual([200, [{ year: 2024, total: 6 }]]);
    const some = await query("SELECT n FROM sales WHERE n > $1 ORDER BY n", { params: [1] });
    expect(some.body.rows).toEqual([{ n: 2 }, { n: 3 }]);
  });

  it.each([
    ["SELECT * FROM read_text('/etc/passwd')", 422, "sql_refused"],
    ["FROM '/etc/passwd'", 422, "sql_refused"],
    ["COPY sales TO '/tmp/x.csv'", 422, "sql_refused"],
    ["SELEC 1", 400, "sql_syntax"],
    ["SELECT * FROM nowhere", 404, "table_not_found"],
  ])("refuses %s", async (sql, status, code) => {
    const answer = await query(sql);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it("shows its plan of a statement", async () => {
    const answer = await platform.call("POST", "query/explain", {
      source: "lake",
      sql: "SELECT n FROM sales WHERE n = 1",
    });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body.plan)).toContain("PARQUET");
  });
});

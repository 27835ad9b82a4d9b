/** Snowflake through the shipped bundle, over the real driver: registered, asked, refused, planned, cached. */
// covers: SRC-07
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Platform, startPlatform } from "../support/platform.ts";
import {
  benchConfig,
  keys,
  PASSPHRASE,
  type SnowflakeBench,
  startSnowflakeBench,
} from "../support/snowflake-bench.ts";

let bench: SnowflakeBench;
let platform: Platform;
beforeAll(async () => {
  [bench, platform] = await Promise.all([startSnowflakeBench(), startPlatform()]);
});
afterAll(async () => {
  await platform?.stop();
  await bench?.close();
});

const query = (sql: string, more: object = {}) =>
  platform.call("POST", "query", { source: "snow", sql, ...more });

describe("Snowflake", () => {
  it("is registered with its key, which no answer shows", async () => {
    const answer = await platform.call("POST", "sources", {
      source_id: "snow",
      type: "snowflake",
      config: benchConfig(bench.peer),
      credentials: { private_key: keys.privateKey, passphrase: PASSPHRASE },
    });
    expect([answer.status, answer.body.code]).toEqual([201, undefined]);
    expect(answer.text).not.toMatch(/PRIVATE KEY|passphrase of its own/);
    const schema = await platform.call("GET", "sources/snow/schema?detail=names");
    expect(schema.body.tables.map((table: { name: string }) => table.name)).toContain(
      "PUBLIC.ITEMS",
    );
  });

  it("answers SQL in its dialect, with parameters, and the second time from the cache", async () => {
    const sql = "select name from teams where team_id = $1";
    const first = await query(sql, { params: [2] });
    expect([first.status, first.body.rows]).toEqual([200, [{ NAME: "Red" }]]);
    const second = await query(sql, { params: [2] });
    expect(second.body).toMatchObject({ cache: { status: "hit" }, rows: [{ NAME: "Red" }] });
  });

  it.each([
    ["DELETE FROM items", 422, "sql_refused"],
    ["SELECT SYSTEM$WAIT(5)", 422, "sql_refused"],
    ["SELECT 1 )", 400, "sql_syntax"],
    ["SELECT * FROM nowhere", 404, "table_not_found"],
  ])("refuses %s", async (sql, status, code) => {
    const answer = await query(sql);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it("shows its plan of a statement", async () => {
    const sql = "SELECT name FROM teams";
    const answer = await platform.call("POST", "query/explain", { source: "snow", sql });
    expect(answer.status).toBe(200);
    expect(answer.body.plan).not.toBeNull();
  });
});

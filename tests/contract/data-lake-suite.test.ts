/** What the data lake promises as a source: typed rows within the budget, nothing left behind, for any ending. */
// covers: SRC-08, LAKE-04, LAKE-05
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonValue } from "../../shared/sources/ports.ts";
import { type Lake, type LakeSource, startLake } from "../support/lake.ts";
import { budget, quiet } from "../support/source-fixture.ts";

const ROWS = 5_000;
const ENDLESS =
  "SELECT count(*) FROM range(1000000000000) a(i), range(1000) b(j) WHERE a.i % 7 = b.j % 3";

let lake: Lake;
let source: LakeSource;
beforeAll(async () => {
  lake = await startLake();
  await lake.write(
    "items/part-1.parquet",
    `SELECT i::INTEGER AS id, 'item ' || i AS name, (i / 7)::DECIMAL(12,2) AS price, TIMESTAMPTZ '2026-03-01 12:00:00+00' + i * INTERVAL 1 HOUR AS made_at, ['a' || i, 'say "hi"'] AS tags, i % 2 = 0 AS active FROM range(1, ${ROWS + 1}) t(i) ORDER BY i`,
  );
  await lake.put("regions.csv", 'region,country\nNorth,DE\n"South, ""deep""",FR\n');
  source = await lake.open();
});
afterAll(() => lake?.stop());

const run: LakeSource["run"] = (...input) => source.run(...input);
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("reading", () => {
  it("gives each value as JSON of its type, with the type's name", async () => {
    expect(await run("SELECT * FROM items WHERE id = 2")).toEqual({
      columns: [
        { name: "id", type: "integer" },
        { name: "name", type: "varchar" },
        { name: "price", type: "decimal(12,2)" },
        { name: "made_at", type: "timestamp with time zone" },
        { name: "tags", type: "varchar[]" },
        { name: "active", type: "boolean" },
      ],
      rows: [[2, "item 2", 0.29, "2026-03-01T14:00:00Z", ["a2", 'say "hi"'], true]],
      truncated: false,
    });
  });

  it.each<[string, JsonValue]>([
    ["9007199254740993", "9007199254740993"],
    ["9007199254740991", 9007199254740991],
    ["170141183460469231731687303715884105727", "170141183460469231731687303715884105727"],
    [
      "'-170141183460469231731687303715884105728'::HUGEINT",
      "-170141183460469231731687303715884105728",
    ],
    ["18446744073709551615::UBIGINT", "18446744073709551615"],
    ["0.1::DECIMAL(3,1)", 0.1],
    ["12345678901234567890.5::DECIMAL(38,1)", "12345678901234567890.5"],
    ["123456789012345::DECIMAL(15,0)", 123456789012345],
    ["'NaN'::DOUBLE", "NaN"],
    ["'-Infinity'::FLOAT", "-Infinity"],
    ["0.1::FLOAT", 0.1],
    ["1e300::DOUBLE", 1e300],
    ["DATE '2024-02-29'", "2024-02-29"],
    ["TIME '12:34:56.789'", "12:34:56.789"],
    ["TIMESTAMP '2024-01-01 12:00:00'", "2024-01-01T12:00:00"],
    ["TIMESTAMP '2024-01-01 12:00:00.000001'", "2024-01-01T12:00:00.000001"],
    ["TIMESTAMPTZ '2024-01-01 12:00:00+02'", "2024-01-01T10:00:00Z"],
    ["TIMESTAMPTZ '1969-12-31 23:59:59.5+00'", "1969-12-31T23:59:59.5Z"],
    ["TIMESTAMP_NS '2024-01-01 12:00:00.123456789'", "2024-01-01T12:00:00.123456789"],
    ["'infinity'::TIMESTAMPTZ", "infinity"],
    ["'infinity'::DATE", "infinity"],
    ["'-infinity'::DATE", "-infinity"],
    ["DATE '0001-01-01'", "0001-01-01"],
    ["DATE '9999-12-31'", "9999-12-31"],
    ["DATE '10000-01-01'", "10000-01-01"],
    ["DATE '0044-03-15 (BC)'", "0044-03-15 (BC)"],
    ["TIMESTAMP '0001-01-01 00:00:00.9'", "0001-01-01T00:00:00.9"],
    ["TIMESTAMP '9999-12-31 23:59:59.999999'", "9999-12-31T23:59:59.999999"],
    ["TIMESTAMP '1969-12-31 23:59:59.000001'", "1969-12-31T23:59:59.000001"],
    ["TIMESTAMP '2255-06-05 23:47:34.740992'", "2255-06-05T23:47:34.740992"],
    ["TIMESTAMP_S '2024-01-01 12:00:00'", "2024-01-01T12:00:00"],
    ["TIMESTAMP_MS '2024-01-01 12:00:00.25'", "2024-01-01T12:00:00.25"],
    ["TIMESTAMPTZ '2300-01-01 00:00:00.5+00'", "2300-01-01T00:00:00.5Z"],
    ["'-infinity'::TIMESTAMP", "-infinity"],
    ["TIMETZ '12:00:00+02'", "12:00:00+02"],
    ["INTERVAL '1 month 2 days'", "1 month 2 days"],
    ["'\\xDE\\xAD'::BLOB", "3q0="],
    ["'101'::BIT", "101"],
    ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    ["'b'::ENUM('a', 'b')", "b"],
    ["[1, NULL, 3]", [1, null, 3]],
    ["[[1], []]", [[1], []]],
    ["[1, 2]::INTEGER[2]", [1, 2]],
    ["{'a': 1, 'b \"c\"': [DATE '2024-01-01']}", { a: 1, 'b "c"': ["2024-01-01"] }],
    ["MAP {'k': 9007199254740993}", { k: "9007199254740993" }],
    ["MAP {1: 'x', 2: NULL}", { "1": "x", "2": null }],
    ["union_value(n := 5)", 5],
    ["'{\"n\": [1,\n 2]}'::JSON", { n: [1, 2] }],
    ["NULL", null],
    ["'é 😀 \u2028 \"quoted\" \\ back'", 'é 😀 \u2028 "quoted" \\ back'],
    ["''", ""],
    ["true", true],
  ])("writes %s as JSON that rounds no number", async (expression, expected) => {
    expect((await run(`SELECT ${expression} AS it`)).rows).toEqual([[expected]]);
  });

  it.each<[string, string, JsonValue, JsonValue]>([
    ["a number", "$1::INTEGER", 7, 7],
    ["a large number", "$1::BIGINT", 9007199254740991, 9007199254740991],
    ["a fraction", "$1::DECIMAL(9,2)", 1.25, 1.25],
    ["a text with quotes", "$1", `it's "x" \\ y`, `it's "x" \\ y`],
    ["a boolean", "$1", true, true],
    ["a null", "$1::VARCHAR", null, null],
    ["a time", "$1::TIMESTAMPTZ", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"],
    ["a list of numbers", "$1::INTEGER[]", [1, null, 3], [1, null, 3]],
    ["a list of texts", "$1::VARCHAR[]", ['a"b', "NULL", "", "[x]"], ['a"b', "NULL", "", "[x]"]],
    ["an object", "$1::JSON", { a: [1, "x"] }, { a: [1, "x"] }],
  ])("binds %s as it is", async (_name, expression, value, expected) => {
    expect((await run(`SELECT ${expression} AS it`, [value])).rows).toEqual([[expected]]);
  });

  it("compares parameters with columns of any type", async () => {
    const { rows } = await run(
      "SELECT id FROM items WHERE id = $1 AND name = $2 AND made_at = $3 AND price < $4 AND active = $5",
      [4, "item 4", "2026-03-01T16:00:00Z", 100.5, true],
    );
    expect(rows).toEqual([[4]]);
  });

  it("never reads a parameter as SQL", async () => {
    expect((await run("SELECT id FROM items WHERE name = $1", ["' OR 1=1 --"])).rows).toEqual([]);
  });

  it("keeps two columns of one name, and describes the columns of an empty result", async () => {
    const two = await run("SELECT * FROM (SELECT 1 AS a) x, (SELECT 2 AS a) y");
    expect(two.columns.map(({ name }) => name)).toEqual(["a", "a"]);
    expect(two.rows).toEqual([[1, 2]]);
    expect(await run("SELECT id, name FROM items WHERE false")).toEqual({
      columns: [
        { name: "id", type: "integer" },
        { name: "name", type: "varchar" },
      ],
      rows: [],
      truncated: false,
    });
  });

  it("reads CSV as it reads Parquet, and joins them", async () => {
    const { rows } = await run(
      "SELECT r.region, count(*) FROM regions r JOIN items i ON i.id <= length(r.country) GROUP BY ALL ORDER BY ALL",
    );
    expect(rows).toEqual([
      ["North", 2],
      ['South, "deep"', 2],
    ]);
  });

  it("answers 20 callers at once, each with their own rows", async () => {
    const all = await Promise.all(numbers(20).map((i) => run("SELECT $1::INTEGER", [i])));
    expect(all.map((one) => one.rows[0]?.[0])).toEqual(numbers(20));
  });

  it("shows the plan of a statement that is an EXPLAIN, and gives a plan as JSON of any other", async () => {
    const shown = await run("/* why */ explain SELECT id FROM items WHERE id > 3");
    expect(JSON.stringify(shown.rows)).toContain("PARQUET");
    const plan = await source.adapter.explain(
      { sql: "SELECT id FROM items WHERE id > $1", params: [3] },
      budget(),
      quiet(),
    );
    expect(JSON.stringify(plan)).toMatch(/PARQUET/);
    expect(JSON.stringify(plan)).not.toContain(lake.folder);
  });
});

describe("the budget", () => {
  it.each([
    [1, 1, true],
    [2_048, 2_048, true],
    [2_049, 2_049, true],
    [ROWS - 1, ROWS - 1, true],
    [ROWS, ROWS, false],
    [ROWS + 1, ROWS, false],
  ])("of %i rows lets %i through and says truncated: %s", async (maxRows, count, truncated) => {
    const result = await run("SELECT id FROM items ORDER BY id", [], { maxRows });
    expect(result.rows.map((row) => row[0])).toEqual(numbers(count));
    expect(result.truncated).toBe(truncated);
  });

  it("of rows ends what has no end", async () => {
    const result = await run("SELECT i FROM range(1000000000000) t(i)", [], { maxRows: 50 });
    expect([result.rows.length, result.truncated]).toEqual([50, true]);
  });

  it.each([
    [4_999, 49, true],
    [5_000, 50, false],
    [5_001, 50, false],
  ])(
    "of %i bytes lets %i rows of 100 bytes through and says truncated: %s",
    async (maxBytes, count, truncated) => {
      const result = await run("SELECT repeat('x', 97) FROM range(50)", [], { maxBytes });
      expect([result.rows.length, result.truncated]).toEqual([count, truncated]);
    },
  );

  it("of bytes keeps a row that alone is beyond it out", async () => {
    const result = await run("SELECT repeat('x', 6000000) AS text");
    expect(result).toEqual({
      columns: [{ name: "text", type: "varchar" }],
      rows: [],
      truncated: true,
    });
  });
});

describe("after an ending", () => {
  const works = async () =>
    expect((await run("SELECT count(*) FROM items")).rows).toEqual([[ROWS]]);

  it.each([
    ["a syntax error", "SELEC 1", [], "sql_syntax"],
    ["a missing table", "SELECT * FROM nowhere", [], "table_not_found"],
    ["a missing column", "SELECT nothing FROM items", [], "query_failed"],
    [
      "an error in the middle of the rows",
      "SELECT (i::VARCHAR || CASE WHEN i = 90000 THEN 'x' ELSE '' END)::INTEGER FROM range(100000) t(i)",
      [],
      "query_failed",
    ],
    ["a parameter without a value", "SELECT $1::INTEGER", [], "sql_parameters"],
    ["a value too many", "SELECT $1::INTEGER", [1, 2], "sql_parameters"],
    ["a value of the wrong type", "SELECT $1::INTEGER", ["x"], "query_failed"],
    ["more memory than allowed", "SELECT list(i) FROM range(1000000000) t(i)", [], "query_failed"],
    ["a statement that writes", "CREATE TABLE x AS SELECT 1", [], "query_failed"],
    ["two statements", "SELECT 1; SELECT 2", [], "query_failed"],
  ])("of %s the error has its code, and the source works", async (_name, sql, params, code) => {
    const failure = await run(sql, params, { maxRows: 1_000_000 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "AppError", code });
    expect((failure as Error).message).not.toMatch(/\n|\/tmp|LINE 1/);
    await works();
  });

  it.each([1, 20, 150])(
    "by a time limit of %i ms it says so, three times in a row",
    async (timeoutMs) => {
      for (let i = 0; i < 3; i++)
        await expect(run(ENDLESS, [], { timeoutMs })).rejects.toMatchObject({
          code: "query_timeout",
        });
      await works();
    },
  );

  it("by a caller who goes away it is cancelled, and those who wait behind it are served", async () => {
    const callers = numbers(4).map(() => new AbortController());
    const gone = callers.map((caller) =>
      source.adapter
        .execute({ sql: ENDLESS, params: [] }, budget(), caller.signal)
        .catch((error: unknown) => error),
    );
    const behind = numbers(4).map((i) => run("SELECT $1::INTEGER", [i]));
    for (const caller of callers) caller.abort();
    for (const ending of await Promise.all(gone))
      expect(ending).toMatchObject({ name: "AppError", code: "client_closed" });
    expect((await Promise.all(behind)).map((one) => one.rows[0]?.[0])).toEqual(numbers(4));
  });

  it("by a caller who was gone before, nothing runs", async () => {
    await expect(
      source.adapter.execute({ sql: "SELECT 1", params: [] }, budget(), AbortSignal.abort()),
    ).rejects.toMatchObject({ name: "AppError", code: "client_closed" });
  });

  it("by a reader who stops early, the statement ends and gives its place back", async () => {
    // More streams than there are places: each must be given back.
    for (let i = 0; i < 6; i++) {
      const stream = await source.adapter.execute(
        { sql: "SELECT i FROM range(1000000000000) t(i)", params: [] },
        budget({ maxRows: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER }),
        quiet(),
      );
      expect(await stream.read()).not.toBeNull();
      await stream.close();
      await stream.close();
    }
    await works();
  });

  it("by a caller who goes away between two reads, the place is given back and the next read says so", async () => {
    const narrow = await lake.open({ max_connections: 1 });
    const caller = new AbortController();
    const stream = await narrow.adapter.execute(
      { sql: "SELECT i FROM range(1000000000000) t(i)", params: [] },
      budget({ maxRows: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER }),
      caller.signal,
    );
    expect(await stream.read()).not.toBeNull();
    caller.abort();
    expect((await narrow.run("SELECT 1")).rows).toEqual([[1]]);
    await expect(stream.read()).rejects.toMatchObject({ code: "client_closed" });
  });

  it("by an abort after the end, nothing is different", async () => {
    const caller = new AbortController();
    const statement = { sql: "SELECT 1", params: [] };
    const stream = await source.adapter.execute(statement, budget(), caller.signal);
    expect(await stream.read()).toEqual([["1"]]);
    expect(await stream.read()).toBeNull();
    caller.abort();
    expect([await stream.read(), stream.truncated()]).toEqual([null, false]);
  });

  it("with readers who hold every place, the next one is told that it is busy", async () => {
    const crowded = await lake.open({ max_connections: 1 });
    const stream = await crowded.adapter.execute(
      { sql: "SELECT i FROM range(100000) t(i)", params: [] },
      budget(),
      quiet(),
    );
    await expect(crowded.run("SELECT 1", [], { timeoutMs: 200 })).rejects.toMatchObject({
      code: "query_timeout",
    });
    await stream.close();
    expect((await crowded.run("SELECT 1")).rows).toEqual([[1]]);
  });

  it("by closing the source, no link to a file is left", async () => {
    const cacheFolder = join(lake.folder, "closing");
    const closing = await lake.open({}, { cacheFolder });
    await closing.run("SELECT count(*) FROM items");
    expect(await readdir(join(cacheFolder, "mounts"))).toHaveLength(1);
    await closing.adapter.close();
    expect(await readdir(join(cacheFolder, "mounts"))).toEqual([]);
    expect(await readdir(join(cacheFolder, "parts"))).toEqual([]);
    expect(await readdir(join(cacheFolder, "objects"))).toHaveLength(1);
  });
});

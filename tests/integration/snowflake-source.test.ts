/** Snowflake as a source: the real driver against a peer that speaks its protocol, with a real engine behind it. */
// covers: SRC-07, SNOW-01
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SnowflakeSource } from "../../shared/adapters/snowflake/snowflake-source.ts";
import { collect } from "../../shared/sources/collect.ts";
import type { ExecutionBudget, JsonValue } from "../../shared/sources/ports.ts";
import { type SnowflakeBench, startSnowflakeBench } from "../support/snowflake-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";

let bench: SnowflakeBench;
let source: SnowflakeSource;
beforeAll(async () => {
  bench = await startSnowflakeBench();
  source = await bench.open();
});
afterAll(() => bench?.close());

const run = (sql: string, part: Partial<ExecutionBudget> = {}, params: readonly JsonValue[] = []) =>
  collect(source.execute({ sql, params }, budget(part), quiet()));

async function cellsOf(sql: string): Promise<readonly string[]> {
  const stream = await source.execute({ sql, params: [] }, budget(), quiet());
  const rows = await stream.read();
  await stream.close();
  return rows?.[0] ?? [];
}

it("says that each statement is billed, so that none is run that nobody asked for", () => {
  expect(source.billed).toBe(true);
});

describe("reading", () => {
  it("takes a time limit with a fraction, which is what a wait for a turn leaves", async () => {
    const statement = { sql: "SELECT 1", params: [] };
    const { rows } = await collect(
      source.execute(statement, budget({ timeoutMs: 19_999.992_019 }), quiet()),
    );
    expect(rows).toEqual([[1]]);
  });

  it("gives each value as JSON of its type, with the type's name", async () => {
    expect(
      await run(
        "SELECT item_id, name, price, made_at, extra, item_id = 2 AS same FROM items WHERE item_id = 2",
      ),
    ).toEqual({
      columns: [
        { name: "ITEM_ID", type: "number" },
        { name: "NAME", type: "text" },
        { name: "PRICE", type: "number" },
        { name: "MADE_AT", type: "timestamp_ltz" },
        { name: "EXTRA", type: "variant" },
        { name: "SAME", type: "boolean" },
      ],
      rows: [[2, "item 2", 2.5, "2026-03-01T14:00:00Z", { n: 2 }, true]],
      truncated: false,
    });
  });

  it.each([
    ["9007199254740993::NUMBER", '"9007199254740993"'],
    ["9007199254740991::NUMBER", "9007199254740991"],
    [
      "-12345678901234567890123456789012345678::NUMBER",
      '"-12345678901234567890123456789012345678"',
    ],
    ["12345678901234567890.5::NUMBER", '"12345678901234567890.5"'],
    ["0.10::NUMBER", "0.1"],
    ["0.1234567890123456789::NUMBER", '"0.1234567890123456789"'],
    ["'NaN'::FLOAT", '"NaN"'],
    ["'Infinity'::FLOAT", '"Infinity"'],
    ["'-Infinity'::FLOAT", '"-Infinity"'],
    ["1e300::FLOAT", "1e+300"],
    ["TRUE", "true"],
    ["NULL", "null"],
    ["''", '""'],
    ["TO_DATE('0001-01-01')", '"0001-01-01"'],
    ["TO_DATE('9999-12-31')", '"9999-12-31"'],
    ["TO_TIME('12:30:00.5')", '"12:30:00.5"'],
    ["TO_TIME('00:00:00')", '"00:00:00"'],
    ["TO_TIMESTAMP_NTZ('2026-03-01 12:00:00.123456')", '"2026-03-01T12:00:00.123456"'],
    ["TO_TIMESTAMP_LTZ('2026-03-01 12:00:00+02')", '"2026-03-01T10:00:00Z"'],
    ["TO_TIMESTAMP_LTZ('1969-12-31 23:59:58.25+00')", '"1969-12-31T23:59:58.25Z"'],
    ["TO_TIMESTAMP_TZ('2026-03-01 12:00:00 +05:30')", '"2026-03-01T12:00:00+05:30"'],
    ["TO_TIMESTAMP_TZ('2026-03-01 12:00:00 -08:00')", '"2026-03-01T12:00:00-08:00"'],
    ["TO_BINARY('CAFE', 'hex')", '"cafe"'],
    [
      'PARSE_JSON(\'{ "a": [1.50, "x  y"],\n "b": 9007199254740993 }\')',
      '{"a":[1.50,"x  y"],"b":9007199254740993}',
    ],
    ["ARRAY_CONSTRUCT(1, 2)", "[1,2]"],
  ])("of %s gives %s", async (expression, cell) => {
    expect(await cellsOf(`SELECT ${expression} AS it`)).toEqual([cell]);
  });

  it("keeps what is not ASCII, in values, names and parameters", async () => {
    const { columns, rows } = await run("SELECT $1 AS \"Größe 😀\", '漢字 \\' \"' AS b", {}, [
      "ä\u2028\n'\\",
    ]);
    expect(columns[0]?.name).toBe("Größe 😀");
    expect(rows).toEqual([["ä\u2028\n'\\", "漢字 ' \""]]);
  });

  it.each<[string, string, JsonValue, JsonValue]>([
    ["a whole number", "$1", 7, 7],
    ["a decimal", "$1", 1.25, 1.25],
    ["a text with quotes", "$1", `it's "x" \\ y`, `it's "x" \\ y`],
    ["a boolean", "$1", true, true],
    ["a null", "$1", null, null],
    ["an object", "PARSE_JSON($1)", { a: [1, "x"] }, { a: [1, "x"] }],
    ["a list", "PARSE_JSON($1)", [1, "x"], [1, "x"]],
  ])("binds %s as it is", async (_name, expression, value, expected) => {
    expect((await run(`SELECT ${expression} AS it`, {}, [value])).rows).toEqual([[expected]]);
  });

  it("never reads a parameter as SQL, nor a parameter's look inside a text", async () => {
    expect((await run("SELECT name FROM items WHERE name = $1", {}, ["' or 1=1 --"])).rows).toEqual(
      [],
    );
    expect((await run("SELECT '$1', $1", {}, ["x"])).rows).toEqual([["$1", "x"]]);
  });

  it("keeps two columns of one name, and the columns of an empty result", async () => {
    const { columns, rows } = await run("SELECT 1 AS a, 2 AS a");
    expect([columns.map(({ name }) => name), rows]).toEqual([["A", "A"], [[1, 2]]]);
    expect(await run("SELECT item_id, name FROM items WHERE FALSE")).toMatchObject({
      rows: [],
      truncated: false,
      columns: [{ name: "ITEM_ID" }, { name: "NAME" }],
    });
  });

  it("answers 20 callers at once, each with their own rows, over two sessions", async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => run("SELECT $1 AS mine", {}, [i])),
    );
    expect(all.map(({ rows }) => rows[0]?.[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(bench.peer.counts.logIns).toBeLessThanOrEqual(2);
  });
});

describe("the budget", () => {
  it.each([
    [499, 499, true],
    [500, 500, false],
    [501, 500, false],
    [1, 1, true],
  ])("of %i rows lets %i through and says truncated: %s", async (maxRows, count, truncated) => {
    const result = await run("SELECT item_id FROM items ORDER BY item_id", { maxRows });
    expect([result.rows.length, result.truncated]).toEqual([count, truncated]);
    expect(result.rows.map(([id]) => id)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  });

  it.each([999, 1_000, 1_001, 3_500, 3_501])(
    "of %i rows is exact where results come in chunks",
    async (maxRows) => {
      const sql = "SELECT SEQ8() AS n FROM TABLE(GENERATOR(ROWCOUNT => 3500))";
      const { rows, truncated } = await run(sql, { maxRows });
      expect([rows.length, truncated]).toEqual([Math.min(maxRows, 3_500), maxRows < 3_500]);
      expect(rows.every(([n], i) => n === i)).toBe(true);
    },
  );

  it("of rows is told to the server, which makes no more", async () => {
    await run("SELECT item_id FROM items", { maxRows: 10 });
    expect(bench.peer.log.at(-1)?.parameters).toMatchObject({ ROWS_PER_RESULTSET: 11 });
  });

  it.each([
    [4_999, 49, true],
    [5_000, 50, false],
  ])(
    "of %i bytes lets %i rows of 100 bytes through and says truncated: %s",
    async (maxBytes, count, truncated) => {
      const sql = "SELECT REPEAT('x', 97) AS t FROM TABLE(GENERATOR(ROWCOUNT => 50))";
      const { rows, truncated: cut } = await run(sql, { maxBytes });
      expect([rows.length, cut]).toEqual([count, truncated]);
    },
  );

  it("keeps a row that alone is beyond it out, and cancels on the server", async () => {
    const before = bench.peer.counts.cancels;
    const result = await run(
      "SELECT REPEAT('x', 100000) AS t FROM TABLE(GENERATOR(ROWCOUNT => 3))",
      { maxBytes: 50_000 },
    );
    expect([result.rows, result.truncated]).toEqual([[], true]);
    expect(bench.peer.counts.cancels).toBe(before + 1);
  });
});

describe("an ending", () => {
  const slow = "SELECT SYSTEM$WAIT(60)";

  it.each([
    ["a syntax error", "SELEC 1", "sql_syntax"],
    ["a text that is not closed", "SELECT 'a", "sql_syntax"],
    ["a missing table", "SELECT * FROM nowhere", "table_not_found"],
    ["a missing column", "SELECT nothing FROM items", "query_failed"],
    ["an error in a row", "SELECT 10 / (item_id - 400) FROM items", "query_failed"],
    ["a parameter without a value", "SELECT $1", "sql_parameters"],
    ["a value of the wrong type", "SELECT 'x'::NUMBER", "query_failed"],
    ["a second statement", "SELECT 1; SELECT 2", "sql_syntax"],
  ])("by %s has its code, and the source works", async (_name, sql, code) => {
    await expect(run(sql)).rejects.toMatchObject({ name: "AppError", code });
    expect((await run("SELECT 1 AS a")).rows).toEqual([[1]]);
  });

  it("names the line and the position that the server names", async () => {
    await expect(run("SELECT nothing FROM items")).rejects.toMatchObject({
      detail: expect.stringMatching(/line 1 at position \d+ invalid identifier 'NOTHING'/),
    });
  });

  it("by the time limit is cancelled on the server, and those who wait behind it are served", async () => {
    const before = bench.peer.counts.cancels;
    const late = run(slow, { timeoutMs: 300 }).catch((error: unknown) => error);
    const behind = await Promise.all(
      Array.from({ length: 6 }, (_, i) => run("SELECT $1 AS n", {}, [i])),
    );
    expect(await late).toMatchObject({ name: "AppError", code: "query_timeout" });
    expect(behind.map(({ rows }) => rows[0]?.[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(bench.peer.counts.cancels).toBeGreaterThan(before);
    expect(bench.peer.running()).toBe(0);
  });

  it("by the server's own limit, which is set with each statement, has the same code", async () => {
    await expect(run("SELECT SYSTEM$WAIT(60)", { timeoutMs: 1 })).rejects.toMatchObject({
      code: "query_timeout",
    });
    expect(bench.peer.log.at(-1)?.parameters).toMatchObject({
      STATEMENT_TIMEOUT_IN_SECONDS: 2,
      MULTI_STATEMENT_COUNT: 1,
    });
  });

  it("by a caller who goes away is cancelled on the server", async () => {
    const caller = new AbortController();
    const gone = source
      .execute({ sql: slow, params: [] }, budget(), caller.signal)
      .catch((error: unknown) => error);
    await bench.peer.untilRunning();
    caller.abort();
    expect(await gone).toMatchObject({ name: "AppError", code: "client_closed" });
    expect(bench.peer.running()).toBe(0);
  });

  it("by a caller who was gone before runs nothing", async () => {
    const before = bench.peer.counts.queries;
    await expect(
      source.execute({ sql: "SELECT 1", params: [] }, budget(), AbortSignal.abort()),
    ).rejects.toMatchObject({ code: "client_closed" });
    expect(bench.peer.counts.queries).toBe(before);
  });

  it("in the middle of the rows frees the session; the stream is at its end for ever", async () => {
    const wide = budget({ maxRows: 1_000_000, maxBytes: 1_000_000_000 });
    const sql =
      "SELECT SEQ8() AS n, REPEAT('x', 200) AS t FROM TABLE(GENERATOR(ROWCOUNT => 20000))";
    for (let i = 0; i < 5; i++) {
      const stream = await source.execute({ sql, params: [] }, wide, quiet());
      expect((await stream.read())?.length).toBeGreaterThan(0);
      await stream.close();
      await stream.close();
      expect(await stream.read()).toBeNull();
    }
    expect((await run("SELECT 1 AS a")).rows).toEqual([[1]]);
  });
});

describe("what the source says of itself", () => {
  it("tables, views, comments, keys, types and row counts", async () => {
    const { tables, version } = await source.introspect(quiet());
    const items = tables.find(({ name }) => name === "ITEMS");
    expect(tables.find(({ name }) => name === "TEAMS")).toMatchObject({
      schema: "PUBLIC",
      kind: "table",
      comment: "Who looks after what",
      primaryKey: ["TEAM_ID"],
      estimatedRows: 2,
    });
    expect(tables.find(({ name }) => name === "MY_ITEMS")).toMatchObject({
      kind: "view",
      primaryKey: [],
    });
    expect(items?.foreignKeys).toEqual([
      {
        columns: ["TEAM_ID"],
        references: { schema: "PUBLIC", table: "TEAMS", columns: ["TEAM_ID"] },
      },
    ]);
    expect(items?.columns.find(({ name }) => name === "PRICE")).toEqual({
      name: "PRICE",
      type: "number(24,4)",
      nullable: true,
      comment: "In euro",
    });
    expect((await source.introspect(quiet())).version).toBe(version);
  });

  it("a token that changes with a table's rows and stays while they do", async () => {
    const tables = [
      { schema: "PUBLIC", name: "TEAMS" },
      { schema: "PUBLIC", name: "NOWHERE" },
    ];
    const before = await source.changeTokens(tables, quiet());
    expect(await source.changeTokens(tables, quiet())).toEqual(before);
    await bench.peer.engine.exec("insert into teams values (3, 'Green')");
    const after = await source.changeTokens(tables, quiet());
    await bench.peer.engine.exec("delete from teams where team_id = 3");
    expect(before).toEqual([expect.stringMatching(/^commit:\d+$/), null]);
    expect(after[0]).not.toBe(before[0]);
  });

  it("a plan, and nothing is executed", async () => {
    for (const sql of [
      "SELECT * FROM items",
      "EXPLAIN SELECT * FROM items",
      "EXPLAIN USING TEXT SELECT * FROM items",
    ])
      expect(await source.explain({ sql, params: [] }, budget(), quiet())).toMatchObject({
        Operations: [[{ operation: expect.stringContaining("items") }]],
      });
    expect(bench.peer.log.at(-1)?.sqlText).toBe("EXPLAIN USING JSON SELECT * FROM ITEMS");
  });

  it("which version answered, as whom and on which warehouse", async () => {
    expect(await source.check(quiet())).toMatchObject({
      ok: true,
      evidence: "Snowflake 9.30.1 answered with role READER on warehouse READING",
    });
  });

  it("what its warehouses cost and what ran on them", async () => {
    const { hours, queries } = await source.readUsage(quiet());
    expect(hours).toEqual([
      { warehouse: "READING", startedAt: "2026-03-01T12:00:00.000Z", credits: 0.25 },
    ]);
    expect(queries[0]).toMatchObject({
      status: "success",
      elapsedMs: 1_250,
      queuedMs: 30,
      bytesScanned: 4_096,
    });
  });

  it("the request, in the tag of each statement", async () => {
    await collect(
      source.execute({ sql: "SELECT 1", params: [], requestId: "req_7" }, budget(), quiet()),
    );
    expect(JSON.parse(String(bench.peer.log.at(-1)?.parameters.QUERY_TAG))).toEqual({
      app: "mcp-platform",
      source: "shop",
      request: "req_7",
    });
  });
});

/** What every SourceAdapter promises: typed rows within the budget, nothing written, nothing left behind. */
// covers: SRC-03, SRC-05, QRY-02, QRY-08, QRY-09, SQL-03
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect, type ResultSet } from "../../shared/sources/collect.ts";
import type { ExecutionBudget, JsonValue, SourceAdapter } from "../../shared/sources/ports.ts";
import { budget, quiet, SOURCE_ROWS } from "../support/source-fixture.ts";
import { describeSourceEndings } from "./source-endings-suite.ts";
import { describeSourceStreams } from "./source-streams-suite.ts";

export interface OpenedSource {
  readonly adapter: SourceAdapter;
  close(): Promise<void>;
}

export type RunSql = (
  sql: string,
  part?: Partial<ExecutionBudget>,
  params?: readonly JsonValue[],
) => Promise<ResultSet>;

export function describeSourceAdapter(start: () => Promise<OpenedSource>): void {
  let opened: OpenedSource;
  beforeAll(async () => {
    opened = await start();
  });
  afterAll(() => opened?.close());
  const run: RunSql = (sql, part = {}, params = []) =>
    collect(opened.adapter.execute({ sql, params }, budget(part), quiet()));

  describeReading(run);
  describePlans(() => opened.adapter);
  describeBudget(run);
  describeRowSizes(run);
  describeRefusals(run);
  describeSourceEndings(() => opened.adapter, run);
  describeSourceStreams(() => opened.adapter, run);
  describeIntrospection(() => opened.adapter);
}

function describeReading(run: RunSql): void {
  describe("reading", () => {
    it("gives each value as JSON of its type, with the type's name", async () => {
      const result = await run("select * from items where item_id = 2");
      expect(result).toEqual({
        columns: [
          { name: "item_id", type: "integer" },
          { name: "team_id", type: "integer" },
          { name: "name", type: "text" },
          { name: "state", type: "text" },
          { name: "price", type: "numeric" },
          { name: "made_at", type: "timestamp with time zone" },
          { name: "tags", type: "text[]" },
          { name: "extra", type: "jsonb" },
          { name: "active", type: "boolean" },
        ],
        rows: [
          [
            2,
            1,
            "item 2",
            "closed",
            2.5,
            "2026-03-01T14:00:00Z",
            ["a2", 'say "hi", \\ok'],
            { n: 2 },
            true,
          ],
        ],
        truncated: false,
      });
    });

    it("rounds no number: what a double cannot hold stays text", async () => {
      const { rows } = await run(
        "select 9007199254740993::bigint, 9007199254740991::bigint, 0.1::numeric, 12345678901234567890.5::numeric, 'NaN'::float8, (10::numeric ^ -400), 1e300::numeric",
      );
      expect(rows[0]?.slice(0, 5)).toEqual([
        "9007199254740993",
        9007199254740991,
        0.1,
        "12345678901234567890.5",
        "NaN",
      ]);
      expect(rows[0]?.[5]).toMatch(/^0\.0{300,}1?0*$/);
      expect(rows[0]?.[6]).toMatch(/^10{300}$/);
    });

    it.each<[string, string, JsonValue, JsonValue]>([
      ["a number", "$1::integer", 7, 7],
      ["a text with quotes", "$1::text", `it's "x" \\ y`, `it's "x" \\ y`],
      ["a boolean", "$1::boolean", true, true],
      ["a null", "$1::text", null, null],
      ["a decimal", "$1::numeric", 1.25, 1.25],
      ["a time", "$1::timestamptz", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"],
      ["a day", "$1::date", "2026-03-01", "2026-03-01"],
      ["a list of numbers", "$1::integer[]", [1, null, 3], [1, null, 3]],
      [
        "a list of texts",
        "$1::text[]",
        ['a"b', "NULL", "", "{x,y}", "\\"],
        ['a"b', "NULL", "", "{x,y}", "\\"],
      ],
      ["a list of booleans", "$1::boolean[]", [true, false], [true, false]],
      ["an object", "$1::jsonb", { a: [1, "x"] }, { a: [1, "x"] }],
    ])("binds %s as it is", async (_name, expression, value, expected) => {
      const { rows } = await run(`select ${expression} as it`, {}, [value]);
      expect(rows).toEqual([[expected]]);
    });

    it("never reads a parameter as SQL", async () => {
      const { rows } = await run("select name from items where name = $1", {}, ["' or 1=1 --"]);
      expect(rows).toEqual([]);
    });

    it("keeps two columns of one name", async () => {
      const { columns, rows } = await run("select * from (select 1 as a, 2 as a) x");
      expect(columns.map((column) => column.name)).toEqual(["a", "a"]);
      expect(rows).toEqual([[1, 2]]);
    });

    it("describes the columns of an empty result", async () => {
      const result = await run("select item_id, name from items where false");
      expect(result).toEqual({
        columns: [
          { name: "item_id", type: "integer" },
          { name: "name", type: "text" },
        ],
        rows: [],
        truncated: false,
      });
    });

    it("answers 20 callers at once, each with their own rows", async () => {
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, i) => run("select $1::integer as mine", {}, [i])),
      );
      expect(all.map((one) => one.rows[0]?.[0])).toEqual(Array.from({ length: 20 }, (_, i) => i));
    });
  });
}

function describePlans(adapter: () => SourceAdapter): void {
  it.each([
    ["explain select * from items"],
    ["/* which index? */ EXPLAIN select * from items"],
    ["-- a note\nexplain (costs off) select * from items"],
  ])("plans what the caller says is an EXPLAIN: %s", async (sql) => {
    const plan = { sql, params: [], explain: true } as const;
    const { rows } = await collect(adapter().execute(plan, budget(), quiet()));
    expect(String(rows[0]?.[0])).toContain("items");
  });
}

function describeBudget(run: RunSql): void {
  describe("the budget", () => {
    it.each([
      [SOURCE_ROWS - 1, SOURCE_ROWS - 1, true],
      [SOURCE_ROWS, SOURCE_ROWS, false],
      [SOURCE_ROWS + 1, SOURCE_ROWS, false],
      [1, 1, true],
    ])("of %i rows lets %i through and says truncated: %s", async (maxRows, count, truncated) => {
      const result = await run("select item_id from items order by item_id", { maxRows });
      expect(result.truncated).toBe(truncated);
      expect(result.rows.map((row) => row[0])).toEqual(
        Array.from({ length: count }, (_, i) => i + 1),
      );
    });

    it.each([999, 1_000, 1_001, 2_000, 2_001])(
      "of %i rows is exact where results come in batches",
      async (maxRows) => {
        const sql = "select n from generate_series(1, 2000) n";
        const result = await run(sql, { maxRows });
        expect(result.rows).toHaveLength(Math.min(maxRows, 2_000));
        expect(result.truncated).toBe(maxRows < 2_000);
      },
    );

    it("of rows is not lifted by LIMIT ALL or a larger LIMIT, and a smaller LIMIT is honoured", async () => {
      const cut = { maxRows: 10 };
      for (const tail of ["limit all", "limit 1000000"])
        expect(await run(`select item_id from items ${tail}`, cut)).toMatchObject({
          truncated: true,
        });
      const few = await run("select item_id from items fetch first 2 rows only", cut);
      expect([few.rows.length, few.truncated]).toEqual([2, false]);
    });

    it("of rows ends an endless recursion that streams", async () => {
      const result = await run(
        "with recursive r as (select 1 as n union all select n + 1 from r) select n from r",
        { maxRows: 50 },
      );
      expect([result.rows.length, result.truncated]).toEqual([50, true]);
    });

    it("of bytes cuts between rows and says so, and the next statement is whole", async () => {
      const sql = "select n, repeat('x', 1000) as text from generate_series(1, 900) n";
      const cut = await run(sql, { maxBytes: 100_000 });
      expect(cut.truncated).toBe(true);
      expect(cut.rows.length).toBeGreaterThan(50);
      expect(cut.rows.length).toBeLessThan(100);
      expect(cut.rows.map((row) => row[0])).toEqual(cut.rows.map((_, i) => i + 1));
      const whole = await run(sql);
      expect([whole.rows.length, whole.truncated]).toEqual([900, false]);
    });
  });
}

function describeRowSizes(run: RunSql): void {
  describe("the budget of bytes", () => {
    // A row of one text of 97 ASCII characters weighs 100 bytes.
    const sql = "select repeat('x', 97) from generate_series(1, 50) n";

    it.each([
      [4_999, 49, true],
      [5_000, 50, false],
      [5_001, 50, false],
    ])(
      "of %i bytes lets %i rows of 5000 bytes through and says truncated: %s",
      async (maxBytes, count, truncated) => {
        const result = await run(sql, { maxBytes });
        expect([result.rows.length, result.truncated]).toEqual([count, truncated]);
      },
    );

    it.each(["ä", "漢", "😀"])("counts a text of %s as it does one of x", async (letter) => {
      const wide = "select repeat($1::text, 48) from generate_series(1, 50) n";
      const maxBytes = 50 * (48 * letter.length + 3);
      const whole = await run(wide, { maxBytes }, [letter]);
      expect([whole.rows.length, whole.truncated]).toEqual([50, false]);
      const cut = await run(wide, { maxBytes: maxBytes - 1 }, [letter]);
      expect([cut.rows.length, cut.truncated]).toEqual([49, true]);
    });

    it("is exact where small rows come before large ones", async () => {
      const growing =
        "select repeat('x', case when n <= 900 then 1 else 1000000 end) from generate_series(1, 2000) n";
      const result = await run(growing, { maxRows: 2_000 });
      expect([result.rows.length, result.truncated]).toEqual([904, true]);
    });

    it("keeps a row that alone is beyond it out", async () => {
      const result = await run("select repeat('x', 6000000) as text");
      expect(result).toEqual({
        columns: [{ name: "text", type: "text" }],
        rows: [],
        truncated: true,
      });
    });
  });
}

function describeRefusals(run: RunSql): void {
  describe("writing", () => {
    it.each([
      ["an insert", "insert into teams values (9, 'Evil')"],
      ["an update", "update items set name = 'gone'"],
      ["a delete inside a CTE", "with d as (delete from items returning *) select * from d"],
      ["a table", "create table mine (a integer)"],
      ["a temporary table", "create temporary table mine as select 1 as a"],
      ["a sequence's next value", "select nextval('tickets_seq')"],
      ["a sequence set", "select setval('tickets_seq', 100)"],
      ["two statements", "select 1; select 2"],
      ["a commit and a write", "commit; insert into teams values (9, 'Evil')"],
    ])("of %s is refused even though no guard looked at it", async (_name, sql) => {
      await expect(run(sql)).rejects.toMatchObject({
        name: "AppError",
        code: expect.stringMatching(/^(query_failed|sql_syntax)$/),
      });
      const { rows } = await run(
        "select (select count(*) from teams), (select count(*) from items), (select count(*) from items where name = 'gone'), to_regclass('mine') is null, (select is_called from tickets_seq)",
      );
      expect(rows).toEqual([[2, SOURCE_ROWS, 0, true, false]]);
    });

    it.each([
      ["SET", "set search_path = pg_catalog"],
      ["SET of the time limit", "set statement_timeout = 0"],
      ["set_config", "select set_config('search_path', 'pg_catalog', false)"],
      ["a read-write session", "set session characteristics as transaction read write"],
      ["COMMIT", "commit"],
      ["a new transaction", "commit and chain"],
    ])("of a setting with %s does not reach the next statement", async (_name, sql) => {
      const searchPath = (await run("select current_setting('search_path')")).rows[0]?.[0];
      await run(sql).catch(() => undefined);
      const { rows } = await run(
        "select current_setting('search_path'), current_setting('transaction_read_only'), current_setting('default_transaction_read_only'), current_setting('TimeZone') in ('UTC', 'GMT', 'Etc/UTC')",
      );
      expect(rows).toEqual([[searchPath, "on", "off", true]]);
      await expect(run("insert into teams values (9, 'Evil')")).rejects.toMatchObject({
        code: expect.stringMatching(/^(query_failed|sql_syntax)$/),
      });
    });
  });
}

function describeIntrospection(adapter: () => SourceAdapter): void {
  describe("introspection", () => {
    it("shows tables, views, comments, keys, listed values and estimates", async () => {
      const { tables } = await adapter().introspect(quiet());
      const byName = new Map(tables.map((table) => [table.name, table]));
      expect(byName.get("teams")).toMatchObject({
        schema: "public",
        kind: "table",
        comment: "Who looks after what",
        primaryKey: ["team_id"],
        estimatedRows: 2,
      });
      expect(byName.get("cheap_items")).toMatchObject({ kind: "view", primaryKey: [] });
      const items = byName.get("items");
      expect(items?.foreignKeys).toEqual([
        {
          columns: ["team_id"],
          references: { schema: "public", table: "teams", columns: ["team_id"] },
        },
      ]);
      const column = (name: string) => items?.columns.find((one) => one.name === name);
      expect(column("price")).toEqual({
        name: "price",
        type: "numeric(24,4)",
        nullable: true,
        comment: "In euro",
      });
      expect(column("state")?.values).toEqual(["closed", "open"]);
      expect(column("name")?.values).toBeUndefined();
    });

    it("gives the same version for the same schema", async () => {
      const [one, two] = [await adapter().introspect(quiet()), await adapter().introspect(quiet())];
      expect(one.version).toBe(two.version);
    });

    it("says in its check which server answered", async () => {
      const check = await adapter().check(quiet());
      expect(check).toMatchObject({ ok: true, evidence: expect.stringMatching(/PostgreSQL \d+/) });
    });
  });
}

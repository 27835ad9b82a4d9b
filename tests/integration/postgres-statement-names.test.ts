/** Statements that come again: the server is asked for them by name, and nobody can tell but by the time it takes. */
// covers: SRC-03, SRC-05
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createStatementNames } from "../../shared/adapters/postgres/statement-names.ts";
import { collect } from "../../shared/sources/collect.ts";
import type { JsonValue, SourceAdapter } from "../../shared/sources/ports.ts";
import { postgresUrl } from "../support/databases.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";
import { openSwappingPooler } from "../support/swapping-pooler.ts";

const NAMES = "select name, statement from pg_prepared_statements order by prepare_time";

describe.skipIf(postgresUrl === null)("a statement that comes again", () => {
  let bench: PostgresBench;
  let adapter: SourceAdapter;
  beforeAll(async () => {
    bench = await openPostgresBench();
  });
  afterAll(() => bench?.close());
  // One connection, so that all statements meet on it.
  beforeEach(async () => {
    adapter = await bench.connect({ max_connections: 1 });
  });

  const run = (sql: string, params: readonly JsonValue[] = []) =>
    collect(adapter.execute({ sql, params }, budget(), quiet()));
  const kept = async () => (await run(NAMES)).rows.map(([, statement]) => statement);
  const owner = (sql: string) => bench.owner.query(sql);

  it("is kept by the server from the second time on", async () => {
    const sql = "select name from teams where team_id = $1::integer";
    await run(sql, [1]);
    expect(await kept()).toEqual([]);
    expect((await run(sql, [2])).rows).toEqual([["Red"]]);
    expect(await kept()).toEqual([sql, NAMES]);
    expect((await run(sql, [1])).rows).toEqual([["Blue"]]);
    expect((await run(sql, [2])).rows).toEqual([["Red"]]);
  });

  it("is forgotten when a connection holds many, the oldest first", async () => {
    for (let at = 0; at < 120; at++)
      for (const _ of [1, 2]) expect((await run(`select ${at} as n`)).rows).toEqual([[at]]);
    const all = await kept();
    expect(all.length).toBeGreaterThan(40);
    expect(all.length).toBeLessThanOrEqual(50);
    expect(all).toContain("select 119 as n");
    expect(all).not.toContain("select 1 as n");
    expect((await run("select 1 as n")).rows).toEqual([[1]]);
  });

  it("keeps its name while others come once", async () => {
    for (const _ of [1, 2]) await run("select 2 as kept");
    for (let at = 0; at < 100; at++) await run(`select ${at} as once`);
    expect(await kept()).toContain("select 2 as kept");
  });

  it.each([
    "select 'now'::timestamptz as t",
    "select 'NOW'::text::timestamptz, timestamptz 'Now' as t",
    "select E'n\\157w'::timestamptz as t",
  ])("is read anew where words in it mean the time at which it is read: %s", async (sql) => {
    const last = async () => (await run(sql)).rows[0]?.at(-1);
    await last();
    const before = await last();
    expect(await last()).not.toEqual(before);
    expect(await kept()).toEqual([]);
  });

  it("is planned for each caller's attributes, whatever a policy makes of them", async () => {
    await owner(`
      create table lines (team text, body text);
      insert into lines values ('red', 'r'), ('blue', 'b');
      create function my_team() returns text language sql immutable
        as $$ select current_setting('mcp.team', true) $$;
      alter table lines enable row level security;
      create policy own on lines using (team = my_team());
      grant select on lines to ${bench.reader.user}`);
    const asked = async (team: string) => {
      const statement = { sql: "select body from lines", params: [], session: { team } };
      return (await collect(adapter.execute(statement, budget(), quiet()))).rows;
    };
    for (const _ of [1, 2, 3]) expect(await asked("red")).toEqual([["r"]]);
    expect(await asked("blue")).toEqual([["b"]]);
    await owner("drop table lines; drop function my_team");
  });

  it("shows what the table has become", async () => {
    const sql = "select * from changing";
    await owner("create table changing (a integer); insert into changing values (1)");
    await owner(`grant select on changing to ${bench.reader.user}`);
    for (const _ of [1, 2, 3]) expect((await run(sql)).rows).toEqual([[1]]);
    await owner("alter table changing add b text default 'x'");
    const { columns, rows } = await run(sql);
    expect([columns.map(({ name }) => name), rows]).toEqual([["a", "b"], [[1, "x"]]]);
    await owner("alter table changing alter a type text");
    expect((await run(sql)).rows).toEqual([["1", "x"]]);
    await owner("drop table changing");
    await expect(run(sql)).rejects.toMatchObject({ code: "table_not_found" });
  });

  it("is refused when the right to it is gone", async () => {
    const sql = "select secret from lent";
    await owner("create table lent (secret text); insert into lent values ('s')");
    await owner(`grant select on lent to ${bench.reader.user}`);
    for (const _ of [1, 2, 3]) expect((await run(sql)).rows).toEqual([["s"]]);
    await owner(`revoke select on lent from ${bench.reader.user}`);
    await expect(run(sql)).rejects.toMatchObject({ code: "query_failed" });
    await owner("drop table lent");
  });

  it("may fail as often as it likes, and others go on", async () => {
    const sql = "select 10 / $1::integer as n";
    for (const divisor of [5, 0, 2, 0, 0, 1]) {
      const asked = run(sql, [divisor]);
      if (divisor === 0) await expect(asked).rejects.toMatchObject({ code: "query_failed" });
      else expect((await asked).rows).toEqual([[10 / divisor]]);
      expect((await run("select 1 as one")).rows).toEqual([[1]]);
    }
    const all = await kept();
    expect(new Set(all).size).toBe(all.length);
  });

  it("leaves nothing behind where what comes before it fails", async () => {
    for (let at = 0; at < 30; at++) {
      const failing = { sql: "select 4 as n", params: [], session: { "no-name": "x" } };
      await expect(collect(adapter.execute(failing, budget(), quiet()))).rejects.toThrow();
    }
    expect(await kept()).toEqual([]);
  });

  it("works where the server has forgotten all names, and none are used from then on", async () => {
    for (const _ of [1, 2, 3]) await run("select 3 as n");
    await run("deallocate all");
    expect((await run("select 3 as n")).rows).toEqual([[3]]);
    for (const _ of [1, 2]) expect((await run("select 3 as n")).rows).toEqual([[3]]);
    expect(await kept()).toEqual([]);
  });

  it("is never another one, where a pooler gives each transaction another connection", async () => {
    const pooler = await openSwappingPooler(bench.config.host, bench.config.port);
    const [red, blue] = await Promise.all(
      [1, 2].map(() => bench.connect({ max_connections: 1, port: pooler.port })),
    );
    const asked = async (of: SourceAdapter | undefined, sql: string) => {
      if (of === undefined) throw new Error("two were opened");
      return (await collect(of.execute({ sql, params: [] }, budget(), quiet()))).rows;
    };
    const readOnly = "select current_setting('transaction_read_only') as r";
    for (const _ of [1, 2, 3]) {
      expect(await asked(red, "select 'red' as team")).toEqual([["red"]]);
      expect(await asked(blue, "select 'blue' as team")).toEqual([["blue"]]);
    }
    pooler.swap();
    for (const _ of [1, 2, 3]) {
      expect(await asked(red, "select 'red' as team")).toEqual([["red"]]);
      expect(await asked(blue, "select 'blue' as team")).toEqual([["blue"]]);
      expect(await asked(red, readOnly)).toEqual([["on"]]);
      expect(await asked(blue, readOnly)).toEqual([["on"]]);
      pooler.swap();
    }
    pooler.close();
  });
});

describe("names", () => {
  const names = createStatementNames();
  const gone = (code: string) => Object.assign(new Error("failed"), { cause: { code } });

  it("are given to one connection each, and to no statement that is long", () => {
    const [one, other] = [names.of({}), names.of({})];
    const given = [one, other].map((each) => {
      expect(each?.of("select 1")).toBeNull();
      const first = each?.of("select 1");
      expect(first).toMatchObject({ isNew: true });
      expect(each?.of("select 1")).toEqual({ name: first?.name, isNew: false });
      return first?.name;
    });
    expect(given[0]).not.toBe(given[1]);
    expect(Math.max(...given.map((name) => name?.length ?? 64))).toBeLessThan(56);
    const long = `select '${"x".repeat(20_000)}'`;
    expect([one?.of(long), one?.of(long)]).toEqual([null, null]);
  });

  it("are given anew after a failure, and the old ones are to be forgotten", () => {
    const own = names.of({});
    own?.of("select 1");
    const first = own?.of("select 1")?.name;
    own?.settle(true);
    expect(own?.stale()).toEqual([first]);
    expect(own?.stale()).toEqual([]);
    const second = own?.of("select 1");
    expect(second).toMatchObject({ isNew: true });
    expect(second?.name).not.toBe(first);
  });

  it("are given to what the clock is asked for in each execution", () => {
    const own = names.of({});
    const sql = "select now(), current_date, now ( ) - interval '1 day'";
    expect([own?.of(sql), own?.of(sql)]).toEqual([null, expect.objectContaining({ isNew: true })]);
  });

  it("are blamed for few failures, and given up for good by those of a pooler", () => {
    expect(["57014", "22012", "42P01", "42501"].filter((code) => names.blamed(gone(code)))).toEqual(
      [],
    );
    expect(names.blamed(new Error("no cause"))).toBe(false);
    expect(names.blamed(gone("0A000"))).toBe(true);
    expect(names.of({})).not.toBeNull();
    expect(names.blamed(gone("26000"))).toBe(true);
    expect(names.of({})).toBeNull();
    // Others were on their way.
    expect(names.blamed(gone("26000"))).toBe(true);
  });
});

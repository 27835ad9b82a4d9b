/** The SourceAdapter suite on a real PostgreSQL server, and what only a real server can show. */
// covers: SRC-03, SRC-05, SRC-10, SRC-11, QRY-07, QRY-08, QRY-14, SQL-03
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../local/ports.ts";
import { postgresOwner } from "../../local/postgres.ts";
import { collect } from "../../shared/sources/collect.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { describeSourceAdapter } from "../contract/source-adapter-suite.ts";
import { postgresUrl } from "../support/databases.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";

const ENDLESS = "select count(*) from generate_series(1, 100000000000)";
const BURNS = [
  ["a count without rows", ENDLESS],
  [
    "an endless recursion without rows",
    "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r",
  ],
  ["a huge sort", "select a.* from items a, items b, items c order by a.name || b.name || c.name"],
  [
    "arithmetic on huge numerics",
    "select max(factorial(9000 + n % 2)) from generate_series(1, 1000000) n",
  ],
] as const;

describe.skipIf(postgresUrl === null)("the PostgreSQL source", () => {
  describe("as a login that may only read", () => {
    describeSourceAdapter(async () => {
      const bench = await openPostgresBench();
      return { adapter: await bench.connect(), close: () => bench.close() };
    });
  });
  describe("as the owner of everything", () => {
    describeSourceAdapter(async () => {
      const bench = await openPostgresBench();
      const { username: user, password } = new URL(postgresUrl ?? "");
      return { adapter: await bench.connect({}, { user, password }), close: () => bench.close() };
    });
  });
  describeServer();
  describeCatalogue();
});

/** What the server says of its tables and of the login. */
function describeCatalogue(): void {
  describe("the catalogue", () => {
    let bench: PostgresBench;
    let adapter: SourceAdapter;
    beforeAll(async () => {
      bench = await openPostgresBench();
      adapter = await bench.connect();
      await bench.owner.query(`
        create table parted (n integer) partition by list (n);
        create table parted_1 partition of parted for values in (1);
        create view over_view as select * from cheap_items;`);
      await published();
    });
    afterAll(() => bench?.close());
    // The counters of a session that has just written are held back for a while, unless it asks.
    const published = () => bench.owner.query("select pg_stat_force_next_flush()");
    const names = ["items", "teams", "cheap_items", "over_view", "parted", "nowhere"];
    const tokens = async () => {
      const refs = names.map((name) => ({ schema: "public", name }));
      const read = await adapter.changeTokens(refs, quiet());
      return Object.fromEntries(names.map((name, i) => [name, read[i] ?? null]));
    };
    const moved = (before: Record<string, unknown>, after: Record<string, unknown>) =>
      names.filter((name) => before[name] !== after[name]);

    it.each([
      [
        "an insert",
        "insert into items select 9001, 1, 'n', 'open', 1, now(), '{}', null, true",
        ["items", "cheap_items", "over_view"],
      ],
      ["an update", "update teams set name = 'Cyan' where team_id = 1", ["teams"]],
      ["a delete", "delete from items where item_id = 9001", ["items", "cheap_items", "over_view"]],
      ["an insert into a partition", "insert into parted values (1)", ["parted"]],
      ["a truncate", "truncate parted", ["parted"]],
    ])(
      "shows %s by new tokens for the tables, views and parents that it is seen through",
      async (_name, sql, expected) => {
        const before = await tokens();
        await bench.owner.query(sql);
        await published();
        expect(moved(before, await tokens())).toEqual(expected);
      },
    );

    it("has no token for a table that is not there", async () => {
      expect((await tokens()).nowhere).toBeNull();
    });

    it("finds nothing that a reading login could do besides", async () => {
      expect(await adapter.privileges(quiet())).toEqual([]);
    });

    it("names what a dangerous login could do", async () => {
      const writer = `w_${randomUUID().replaceAll("-", "")}`;
      await bench.owner.query(`create role ${writer} login password 'only-for-tests' replication bypassrls createrole createdb;
        grant insert, select on items to ${writer}; grant usage, create on schema public to ${writer};
        grant pg_read_server_files, pg_signal_backend to ${writer}`);
      const found = async (signIn: { readonly user: string; readonly password: string }) => {
        const login = await bench.connect({}, signIn);
        const findings = await login.privileges(quiet());
        await login.close();
        return findings.map((finding) => `${finding.severity} ${finding.privilege}`).toSorted();
      };
      const all = await found({ user: writer, password: "only-for-tests" });
      await bench.owner.query(`drop owned by ${writer}; drop role ${writer}`);
      expect(all).toEqual([
        "danger create_role",
        "danger replication",
        "danger server_files",
        "warning bypass_row_security",
        "warning create",
        "warning create_database",
        "warning signal",
        "warning write",
      ]);
      expect(await found(postgresOwner)).toEqual(["danger superuser"]);
    });
  });
}

function describeServer(): void {
  describe("on the server", () => {
    let bench: PostgresBench;
    let adapter: SourceAdapter;
    beforeAll(async () => {
      bench = await openPostgresBench();
      adapter = await bench.connect();
    });
    afterAll(() => bench?.close());
    const run = (sql: string, part = {}, signal = quiet()) =>
      collect(adapter.execute({ sql, params: [] }, budget(part), signal));
    // Whatever happened: nothing runs on, no transaction stays open, and every connection of the pool still answers.
    afterEach(async () => {
      await bench.untilRunning(0, 2_000);
      const all = await Promise.all(
        Array.from({ length: 6 }, () =>
          run(
            "select current_setting('statement_timeout'), current_setting('search_path'), pg_sleep(0.01)",
          ),
        ),
      );
      expect(new Set(all.map((one) => JSON.stringify(one.rows)))).toEqual(
        new Set([JSON.stringify([["20s", '"$user", public', ""]])]),
      );
    });

    it.each(BURNS)("%s is gone from it a second after its time limit", async (_name, sql) => {
      await expect(run(sql, { timeoutMs: 200 })).rejects.toMatchObject({ code: "query_timeout" });
      await bench.untilRunning(0, 1_000);
    });

    it("a statement is gone within a second after its caller has gone", async () => {
      const caller = new AbortController();
      const gone = run(ENDLESS, {}, caller.signal).catch((error: unknown) => error);
      await bench.untilRunning(1, 5_000);
      caller.abort();
      await bench.untilRunning(0, 1_000);
      expect(await gone).toMatchObject({ code: "client_closed" });
    });

    it("statements that fill the whole pool are all cancelled when their callers go", async () => {
      const caller = new AbortController();
      const all = Array.from({ length: 6 }, () =>
        run(ENDLESS, {}, caller.signal).catch((error: unknown) => error),
      );
      await bench.untilRunning(3, 5_000);
      caller.abort();
      await bench.untilRunning(0, 2_000);
      for (const ending of await Promise.all(all))
        expect(ending).toMatchObject({ code: "client_closed" });
    });

    it("when every connection stays busy, the next caller is told so", async () => {
      const caller = new AbortController();
      const busy = Array.from({ length: 3 }, () =>
        run(ENDLESS, {}, caller.signal).catch(() => undefined),
      );
      await expect(run("select 1")).rejects.toMatchObject({ code: "overloaded" });
      caller.abort();
      await Promise.all(busy);
    });

    it("one row of 300 MB does not come into this process, and the source works afterwards", async () => {
      await run("select 1");
      const before = process.memoryUsage().rss;
      let highest = before;
      const watch = setInterval(() => {
        highest = Math.max(highest, process.memoryUsage().rss);
      }, 5);
      const ending = await run("select repeat('x', 300000000)").catch((error: unknown) => error);
      clearInterval(watch);
      expect(ending).toMatchObject({ name: "AppError", code: "query_failed" });
      expect((highest - before) / 1_048_576).toBeLessThan(150);
      expect((await run("select 1")).rows).toEqual([[1]]);
    });

    it("many rows of 10 MB are cut by bytes", async () => {
      const result = await run("select repeat('x', 1000000) from generate_series(1, 1000)");
      expect([result.truncated, result.rows.length]).toEqual([true, 4]);
    });

    it("a backend that is terminated under a statement is one failed call, not the end of the process", async () => {
      const running = run(ENDLESS).catch((error: unknown) => error);
      await bench.untilRunning(1, 5_000);
      await terminateAll(bench);
      expect(await running).toMatchObject({ name: "AppError", code: "source_unavailable" });
      expect((await run("select 1")).rows).toEqual([[1]]);
    });

    it("idle backends that are terminated are replaced, and noted", async () => {
      await Promise.all(Array.from({ length: 3 }, () => run("select pg_sleep(0.05)")));
      const noted = bench.idleErrors.length;
      await terminateAll(bench);
      const ended = async () => bench.idleErrors.length >= noted + 3;
      for (let i = 0; i < 500 && !(await ended()); i++) await bench.running();
      expect(await ended()).toBe(true);
      expect((await run("select 1")).rows).toEqual([[1]]);
    });
  });
  describeUnreachable();
}

async function terminateAll(bench: PostgresBench): Promise<void> {
  await bench.owner.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
}

function describeUnreachable(): void {
  describe("rights and reach", () => {
    let bench: PostgresBench;
    beforeAll(async () => {
      bench = await openPostgresBench();
    });
    afterAll(() => bench?.close());
    const first = (adapter: SourceAdapter) =>
      collect(adapter.execute({ sql: "select 1", params: [] }, budget(), quiet()));
    const unavailable = { name: "AppError", code: "source_unavailable" };

    it("a login sees only what it may read", async () => {
      const adapter = await bench.connect();
      const { tables } = await adapter.introspect(quiet());
      expect(tables.map((table) => table.name)).toEqual(["cheap_items", "items", "teams"]);
      await expect(
        collect(adapter.execute({ sql: "select * from hidden", params: [] }, budget(), quiet())),
      ).rejects.toMatchObject({ code: "query_failed", detail: expect.stringContaining("hidden") });
    });

    it("a wrong password names the source and shows neither user nor password", async () => {
      const adapter = await bench.connect(
        {},
        { user: bench.reader.user, password: "s3cret-wrong" },
      );
      const error = await first(adapter).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ ...unavailable, detail: expect.stringContaining("pg") });
      expect((error as { detail: string }).detail).not.toMatch(/s3cret|password|r_/);
      expect(await adapter.check(quiet())).toMatchObject({ ok: false });
    });

    it("a server, a database or a certificate that is not there names the source", async () => {
      const port = await freePort();
      for (const part of [{ port }, { database: "nowhere" }, { ssl: "verify-full" as const }])
        await expect(first(await bench.connect(part))).rejects.toMatchObject({
          ...unavailable,
          detail: "The data source pg cannot be reached.",
        });
    });

    it("a listed schema is all that is shown", async () => {
      await bench.owner.query(
        `create schema other; create table other.t (a integer); grant usage on schema other to ${bench.reader.user}; grant select on other.t to ${bench.reader.user}`,
      );
      const names = async (schemas: string[]) =>
        (await (await bench.connect({ schemas })).introspect(quiet())).tables.map(
          (table) => `${table.schema}.${table.name}`,
        );
      expect(await names(["other"])).toEqual(["other.t"]);
      expect(await names(["public"])).not.toContain("other.t");
    });

    it("the schema's version changes with a column and not with rows", async () => {
      const adapter = await bench.connect();
      const version = async () => (await adapter.introspect(quiet())).version;
      const before = await version();
      await bench.owner.query("insert into teams values (3, 'Green'); analyze teams");
      expect(await version()).toBe(before);
      await bench.owner.query("alter table teams add column lead text");
      expect(await version()).not.toBe(before);
    });
  });
}

/** With the change triggers a token moves with the very transaction that changed the rows; and what else tokens tell of. */
// covers: CACHE-13, SRC-10

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { postgresUrl } from "../support/databases.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { quiet } from "../support/source-fixture.ts";

describe.skipIf(postgresUrl === null)("on a PostgreSQL server", () => {
  let bench: PostgresBench;
  let adapter: SourceAdapter;
  beforeAll(async () => {
    bench = await openPostgresBench();
    adapter = await bench.connect();
    await bench.owner.query(`
      create table parted (n integer) partition by list (n);
      create table parted_1 partition of parted for values in (1);
      create table child (team_id integer references teams on delete cascade);
      create view steady as select name, count(*) from teams group by name;
      create view by_time as select * from items where made_at > now();
      create view by_day as select * from items where made_at > current_date;
      create view by_chance as select name, random() from teams;
      create function own(integer) returns integer language sql as 'select $1';
      create view by_function as select own(team_id) from teams;
      create view over_time as select * from by_time;
      select pg_stat_force_next_flush()`);
  });
  afterAll(() => bench?.close());
  const token = async (name: string) =>
    (await adapter.changeTokens([{ schema: "public", name }], quiet()))[0] ?? null;
  const seenBy = async (names: readonly string[], sql: string) => {
    const before = await Promise.all(names.map(token));
    await bench.owner.query(sql);
    const after = await Promise.all(names.map(token));
    return names.filter((_, i) => before[i] !== after[i]);
  };

  it("a view whose rows move while no table does has no token; others have", async () => {
    for (const name of ["by_time", "by_day", "by_chance", "by_function", "over_time"])
      expect(await token(name), name).toBeNull();
    expect(await token("steady")).not.toBeNull();
    expect(await token("cheap_items")).not.toBeNull();
  });

  it.each([
    ["a column that was added", "alter table child add column x integer default 7", ["child"]],
    ["a column that was renamed", "alter table child rename column x to y", ["child"]],
    [
      "a view that was defined anew",
      "create or replace view steady as select name, count(*) + 1 as count from teams group by name",
      ["steady"],
    ],
    ["a row policy", "create policy p on child using (y > 1)", ["child"]],
    ["row security that was turned on", "alter table child enable row level security", ["child"]],
    ["counters that were reset", "select pg_stat_reset()", ["child", "steady"]],
  ])("tells of %s", async (_name, sql, expected) => {
    expect(await seenBy(["child", "steady"], sql)).toEqual(expected);
  });

  describe("with the change triggers installed by one script", () => {
    beforeAll(async () => {
      await bench.owner.query(adapter.changeTriggers?.install ?? "");
      // The first reading finds them; what it says differs from what the counters said.
      await token("teams");
    });
    const names = ["teams", "steady", "items", "cheap_items", "parted", "parted_1", "child"];

    it.each([
      [
        "an insert",
        "insert into teams select max(team_id) + 1, 'Grey' from teams",
        ["teams", "steady"],
      ],
      ["an update", "update items set name = 'x' where item_id = 1", ["items", "cheap_items"]],
      [
        "a delete that cascades",
        "insert into teams values (777, 'Grey'); insert into child values (777); delete from teams where team_id = 777",
        ["teams", "steady", "child"],
      ],
      ["a row through the parent", "insert into parted values (1)", ["parted", "parted_1"]],
      ["a row into the partition", "insert into parted_1 values (1)", ["parted", "parted_1"]],
      ["a truncate", "truncate parted", ["parted", "parted_1"]],
      [
        "a copy of the data",
        "insert into parted select 1 from generate_series(1, 1000)",
        ["parted", "parted_1"],
      ],
    ])("tells at once of %s", async (_name, sql, expected) => {
      // Twice, and right after each other: the server's counters would hold the second back.
      for (let i = 0; i < 2; i++) expect(await seenBy(names, sql)).toEqual(expected);
    });

    it("does not move before the rows do", async () => {
      const before = await token("teams");
      await bench.owner.query("begin; insert into teams values (8, 'Pink')");
      expect(await token("teams")).toBe(before);
      await bench.owner.query("rollback");
      expect(await token("teams")).toBe(before);
    });

    it("never comes back to a count, while writers of all kinds work at once and none fails or waits for another", async () => {
      const writers = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const { host, port, database } = bench.config;
          const { user, password } = bench.owner;
          const client = new pg.Client({ host, port, database, user, password: String(password) });
          await client.connect();
          return client;
        }),
      );
      const seen: (string | null)[] = [await token("parted")];
      for (let round = 0; round < 30; round++) {
        await Promise.all(
          writers.map((client, i) =>
            client.query(
              `begin isolation level ${i % 2 === 0 ? "read committed" : "serializable"};
               insert into parted values (1); insert into parted values (1); commit`,
            ),
          ),
        );
        seen.push(await token("parted"));
      }
      expect(new Set(seen).size).toBe(seen.length);
      const sums = async () => {
        const { rows } = await bench.owner.query(
          "select sum(epoch)::int as total, count(*)::int as rows from mcp_cache.change_epoch where relid = 'parted'::regclass",
        );
        return rows[0] as { total: number; rows: number };
      };
      let now = await sums();
      expect(now.total).toBeGreaterThanOrEqual(360);
      // Chance decides which writer adds up what is there; that none of a thousand would is not to be expected.
      for (let more = 0; now.rows >= now.total && more < 1_000; more++) {
        await bench.owner.query("insert into parted values (1)");
        now = await sums();
      }
      expect(now.rows).toBeLessThan(now.total);
      await Promise.all(writers.map((client) => client.end()));
    });

    it("goes on by the server's counters when they are removed", async () => {
      await bench.owner.query(adapter.changeTriggers?.remove ?? "");
      expect(await token("teams")).not.toBeNull();
      expect(
        await seenBy(
          ["teams"],
          "insert into teams values (999, 'Teal'); select pg_stat_force_next_flush()",
        ),
      ).toEqual(["teams"]);
    });
  });
});

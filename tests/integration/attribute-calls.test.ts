/** `(x).f` on a real PostgreSQL with functions of its users: no caller runs one that way, and every column can be read. */
// covers: SQL-09
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SourceAccess } from "../../shared/policy/ports.ts";
import { planSql } from "../../shared/query/plan-statement.ts";
import { restrictPlan } from "../../shared/query/restrict-plan.ts";
import { startStatement } from "../../shared/query/start-statement.ts";
import { collect } from "../../shared/sources/collect.ts";
import type { OpenSource, SourceAdapter } from "../../shared/sources/ports.ts";
import { postgresUrl } from "../support/databases.ts";
import { openPolicies, principal } from "../support/policy-bench.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";

/** `state`, `name` and `price` are columns too, of some tables and not of others. */
const FUNCTIONS = `
create function spy(items) returns text volatile language sql as $$ select 'CALLED' $$;
create function spy_text(text) returns text volatile language sql as $$ select 'CALLED' $$;
create function quiet_spy(items) returns text immutable language sql as $$ select 'CALLED' $$;
create function state(teams) returns text volatile language sql as $$ select 'CALLED' $$;
create function name(items) returns text volatile language sql as $$ select 'CALLED' $$;
create function price(items, extra integer default 1) returns text volatile language sql as $$ select 'CALLED' $$;
create function two(items, integer) returns text volatile language sql as $$ select 'CALLED' $$;
`;

describe.skipIf(postgresUrl === null)("attribute notation on PostgreSQL", () => {
  let bench: PostgresBench;
  let adapter: SourceAdapter;
  let access: SourceAccess;
  let run: (sql: string) => Promise<string>;

  beforeAll(async () => {
    bench = await openPostgresBench();
    await bench.owner.query(FUNCTIONS);
    adapter = await bench.connect();
    const { engine, tools } = await openPolicies();
    const source: OpenSource = {
      record: { sourceId: "s", type: "postgres", config: {}, builtin: false, createdAt: "2026" },
      adapter,
    };
    access = await engine.access(source, principal(), await adapter.introspect(quiet()));
    run = async (sql) => {
      const plan = await restrictPlan(access, await planSql(tools.guard, sql, []));
      const call = { signal: quiet(), requestId: "r" };
      const { rows } = await collect(startStatement(source, plan, budget(), call));
      return JSON.stringify(rows);
    };
  });
  afterAll(() => bench?.close());

  const direct = async (sql: string) => {
    const { rows } = await collect(adapter.execute({ sql, params: [] }, budget(), quiet()));
    return JSON.stringify(rows);
  };

  it.each([
    "select (i).spy from items i limit 1",
    "select i.spy from items i limit 1",
    "select items.spy from items limit 1",
    "select (i).quiet_spy from items i limit 1",
    "select (i.state).spy_text from items i limit 1",
    "select ('x'::text).spy_text",
    "select t.state from teams t limit 1",
    "select (t).state from teams t limit 1",
    "select (select t.state) from teams t limit 1",
    "with c as (select team_id, name from teams) select (t).state from teams t, c limit 1",
    "select 1 from teams t where t.state = 'CALLED' limit 1",
    "select 1 from items i join teams t on t.state = i.name limit 1",
    "select i.state from teams i limit 1",
  ])("calls no function: %s", async (sql) => {
    // The server itself does call it.
    const called = await direct(sql);
    expect(called).toMatch(/CALLED|\[\]|\[\[1\]\]/);
    await expect(run(sql)).rejects.toMatchObject({
      code: "sql_refused",
      detail: expect.stringContaining("may call a function"),
    });
  });

  it.each([
    "select i.state, i.name, i.price from items i order by 1, 2 limit 2",
    "select (i).state, (i).name from items i order by 1, 2 limit 2",
    "select items.name from public.items order by 1 limit 2",
    "select public.items.name from public.items order by 1 limit 2",
    "select t.name, i.state from teams t join items i using (team_id) order by 1, 2 limit 2",
    "select s.state from (select name as state from teams) s order by 1",
    "with c as (select state, count(*) as name from items group by 1) select c.state, c.name from c order by 1",
    "select t.name from teams t where exists (select 1 from items i where i.state = 'open' and i.team_id = t.team_id) order by 1",
    "select v.name from (values (1, 'a'), (2, 'b')) v (id, name) order by 1",
    "select i.extra::jsonb, i.tags[1], i.name from items i order by i.item_id limit 2",
    "select i.two from (select 2 as two) i",
  ])("reads columns that have such a name: %s", async (sql) => {
    expect(await run(sql)).toBe(await direct(sql));
  });

  it("needs a dot: a function in brackets is refused as ever", async () => {
    await expect(run("select spy(i) from items i")).rejects.toMatchObject({ code: "sql_refused" });
  });
});

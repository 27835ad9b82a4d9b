/** `mcp sources install-triggers … | psql`: from then on the cache of that source is exact, and says so by being right. */
// covers: CACHE-13, CLI-03
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresUrl } from "../support/databases.ts";
import { type Platform, startPlatform } from "../support/platform.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { runCli } from "../support/run-cli.ts";

const COUNT = "select count(*) as n from teams";

describe.skipIf(postgresUrl === null)("mcp sources install-triggers", () => {
  let bench: PostgresBench;
  let platform: Platform;
  beforeAll(async () => {
    [bench, platform] = await Promise.all([openPostgresBench(), startPlatform()]);
    const { host, port, database } = bench.config;
    const answer = await platform.call("POST", "sources", {
      source_id: "pg",
      type: "postgres",
      config: { host, port, database, ssl: "disable", cache: { freshness_ms: 0 } },
      credentials: bench.reader,
    });
    expect(answer.status).toBe(201);
  });
  afterAll(async () => {
    await platform?.stop();
    await bench?.close();
  });

  const cli = (...argv: string[]) =>
    runCli(argv, { env: { MCP_SERVER_URL: platform.host.url, MCP_API_KEY: platform.adminKey } });
  const ask = async (): Promise<{ n: number; status: string }> => {
    const { body } = await platform.call("POST", "query", { sql: COUNT, source: "pg" });
    return { n: Number(body.rows[0].n), status: body.cache.status };
  };

  it("prints a script, and nothing else, that the owner of the tables can run more than once", async () => {
    const { code, out, err } = await cli("sources", "install-triggers", "pg");
    expect([code, err]).toEqual([0, ""]);
    for (let i = 0; i < 2; i++) await bench.owner.query(out);
    const { rows } = await bench.owner.query(
      "select count(*)::int as n from pg_trigger where tgrelid = 'teams'::regclass and not tgisinternal",
    );
    expect(rows[0].n).toBeGreaterThan(0);
  });

  it("after it, every write is in the very next answer, and what did not change is a hit", async () => {
    let { n } = await ask();
    // Sooner after each other than the server's own counters are brought up to date, which takes up to a second.
    for (let write = 1; write <= 20; write++) {
      await bench.owner.query("insert into teams select max(team_id) + 1, 'New' from teams");
      n += 1;
      expect(await ask()).toEqual({ n, status: "miss" });
      expect(await ask()).toEqual({ n, status: "hit" });
    }
    await bench.owner.query("begin; insert into teams values (-1, 'Never'); rollback");
    expect(await ask()).toEqual({ n, status: "hit" });
  });

  it("prints with --remove what takes them off again, after which the source is answered as before", async () => {
    const { code, out } = await cli("sources", "install-triggers", "pg", "--remove");
    expect(code).toBe(0);
    await bench.owner.query(out);
    const { rows } = await bench.owner.query(
      "select count(*)::int as n from pg_trigger where tgrelid = 'teams'::regclass and not tgisinternal",
    );
    expect(rows[0].n).toBe(0);
    expect((await platform.call("POST", "query", { sql: COUNT, source: "pg" })).status).toBe(200);
  });

  it("ends with an error for a source that there is not", async () => {
    const { code, err } = await cli("sources", "install-triggers", "nowhere");
    expect(code).not.toBe(0);
    expect(err).toContain("nowhere");
  });
});

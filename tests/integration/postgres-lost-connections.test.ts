/** Connections that end while they wait in the pool: a restart or a failover of the server costs no caller his answer. */
// covers: SRC-18
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect } from "../../shared/sources/collect.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { postgresUrl } from "../support/databases.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const CONNECTIONS = 3;

describe.skipIf(postgresUrl === null)("connections that were lost while nobody used them", () => {
  let bench: PostgresBench;
  beforeAll(async () => {
    bench = await openPostgresBench();
  });
  afterAll(() => bench?.close());

  it("are not found out by a caller when the server has ended them", async () => {
    const adapter = await bench.connect();
    await fill(adapter);
    terminateUnseen(bench);
    expect(await all(adapter)).toEqual(Array(CONNECTIONS).fill([[1]]));
    terminateUnseen(bench);
    expect((await adapter.introspect(quiet())).tables).toHaveLength(3);
  });

  it("are not found out by a caller when the network has ended them", async () => {
    const proxy = await startTcpProxy(bench.config.port);
    const adapter = await bench.connect({ host: "127.0.0.1", port: proxy.port });
    await fill(adapter);
    proxy.drop();
    expect(await all(adapter)).toEqual(Array(CONNECTIONS).fill([[1]]));
    await proxy.stop();
    await expect(one(adapter)).rejects.toMatchObject({ code: "source_unavailable" });
  });

  it("that are lost at each use are given up after as many as the pool holds, and one", async () => {
    let begun = 0;
    const proxy = await startTcpProxy(bench.config.port, (data, drop) => {
      if (!data.includes("BEGIN TRANSACTION")) return;
      begun++;
      drop();
    });
    const adapter = await bench.connect({ host: "127.0.0.1", port: proxy.port });
    await expect(one(adapter)).rejects.toMatchObject({ code: "source_unavailable" });
    expect(begun).toBe(CONNECTIONS + 1);
    await proxy.stop();
  });
});

const one = async (adapter: SourceAdapter, sql = "select 1") =>
  (await collect(adapter.execute({ sql, params: [] }, budget(), quiet()))).rows;

const all = (adapter: SourceAdapter) =>
  Promise.all(Array.from({ length: CONNECTIONS }, () => one(adapter)));

/** Every connection of the pool is open and idle afterwards. */
async function fill(adapter: SourceAdapter): Promise<void> {
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () => one(adapter, "select pg_sleep(0.1)")),
  );
}

/** From another process, while this one stands still: what the server says of it lies unread when the next caller comes. */
function terminateUnseen({ owner, config, reader }: PostgresBench): void {
  const { host, port, database } = config;
  const settings = { host, port, database, user: owner.user, password: owner.password };
  const script = `
    const { Client } = require("pg");
    (async () => {
      const client = new Client(JSON.parse(process.env.SETTINGS));
      await client.connect();
      const { rows } = await client.query(
        "select pg_terminate_backend(pid, 5000) as gone from pg_stat_activity where usename = $1", [process.env.READER]);
      await client.end();
      if (rows.length === 0 || rows.some((row) => !row.gone)) process.exit(3);
    })();`;
  execFileSync(process.execPath, ["-e", script], {
    env: { ...process.env, SETTINGS: JSON.stringify(settings), READER: reader.user },
  });
}

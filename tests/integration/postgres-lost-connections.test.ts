/** Connections that end: a restart of the server costs nobody an answer who had not asked, and no statement runs twice. */
// covers: SRC-18
import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { collect } from "../../shared/sources/collect.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { postgresUrl } from "../support/databases.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const CONNECTIONS = 3;
/** An ErrorResponse as a server that is shut down sends it. */
const FAREWELL = errorResponse({ S: "FATAL", V: "FATAL", C: "57P01", M: "terminating connection" });

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

  it("that the server ends at each use are given up after as many as the pool holds, and one", async () => {
    let begun = 0;
    const proxy = await startTcpProxy(bench.config.port, (data, near) => {
      if (!data.includes("BEGIN TRANSACTION")) return;
      begun++;
      near.end(FAREWELL);
    });
    const adapter = await bench.connect({ host: "127.0.0.1", port: proxy.port });
    await expect(one(adapter)).rejects.toMatchObject({ code: "source_unavailable" });
    expect(begun).toBe(CONNECTIONS + 1);
    await proxy.stop();
  });

  it("that end without a word under a statement are one failed call: it is not run again", async () => {
    let begun = 0;
    const proxy = await startTcpProxy(bench.config.port, (data) => {
      if (data.includes("BEGIN TRANSACTION")) begun++;
    });
    const adapter = await bench.connect({ host: "127.0.0.1", port: proxy.port });
    const running = one(adapter, "select pg_sleep(30)").catch((error: unknown) => error);
    // A new connection first asks what it is connected to: that is not the statement.
    await vi.waitFor(() => expect(begun).toBe(1), 5_000);
    await bench.untilRunning(1, 5_000);
    proxy.drop();
    expect(await running).toMatchObject({ name: "AppError", code: "source_unavailable" });
    expect(begun).toBe(1);
    expect(await one(adapter)).toEqual([[1]]);
    await proxy.stop();
  });
});

function errorResponse(fields: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(fields).map(([name, text]) => `${name}${text}\0`);
  const body = Buffer.from(`${texts.join("")}\0`);
  const head = Buffer.alloc(5);
  head.write("E");
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

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

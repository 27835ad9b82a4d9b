/**
 * Reads a large result to its end and prints how much memory that took: `node --expose-gc tests/support/snowflake-memory.ts 500000`.
 * The peer runs in a process of its own, so that the figure is the driver's and the adapter's alone.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createSnowflakeSource } from "../../shared/adapters/snowflake/snowflake-source.ts";
import { startSnowflakeBench } from "./snowflake-bench.ts";
import { budget, quiet } from "./source-fixture.ts";

const MEBIBYTE = 1_048_576;
const LOOK_EVERY = 20_000;

if (process.send) await serve();
else await measure(Number(process.argv[2] ?? 10_000));

async function serve(): Promise<void> {
  const { keys } = await import("./snowflake-bench.ts");
  const { peer } = await startSnowflakeBench({ chunkRows: 5_000 });
  process.send?.({ url: peer.url, key: keys.privateKey });
}

async function measure(rows: number): Promise<void> {
  const child = fork(new URL(import.meta.url), { execArgv: [] });
  const [{ url, key }] = (await once(child, "message")) as [{ url: string; key: string }];
  const { PASSPHRASE } = await import("./snowflake-bench.ts");
  const source = await createSnowflakeSource({
    sourceId: "memory",
    credentials: { private_key: key, passphrase: PASSPHRASE },
    refuseUrl: () => null,
    config: {
      account: "org-acme",
      username: "svc",
      role: null,
      warehouse: "READING",
      database: "SHOP",
      schemas: ["PUBLIC"],
      access_url: url,
      max_connections: 1,
    },
  });
  const sql = `SELECT SEQ8() AS n, REPEAT('x', 100) AS t, SEQ8() + 0.5 AS d FROM TABLE(GENERATOR(ROWCOUNT => ${rows}))`;
  const all = budget({ maxRows: 10_000_000, maxBytes: 10_000_000_000, timeoutMs: 120_000 });
  const stream = await source.execute({ sql, params: [] }, all, quiet());
  const started = performance.now();
  let [count, peak, live] = [0, 0, 0];
  const collectGarbage = globalThis.gc ?? (() => undefined);
  for (let batch = await stream.read(); batch !== null; batch = await stream.read()) {
    count += batch.length;
    peak = Math.max(peak, process.memoryUsage.rss());
    if (count % LOOK_EVERY >= batch.length) continue;
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    live = Math.max(live, heapUsed + external);
  }
  console.log(
    JSON.stringify({
      rows: count,
      truncated: stream.truncated(),
      peakMiB: Math.round(peak / MEBIBYTE),
      // Without --expose-gc it counts what is garbage already.
      liveMiB: Math.round(live / MEBIBYTE),
      ms: Math.round(performance.now() - started),
    }),
  );
  await source.close();
  child.kill();
}

/**
 * `node bench/cache.ts`: what a hit costs from memory, from Redis and over REST, each beside a bare GET of a value of
 * the same size on the same client, in interleaved rounds; and what a Redis that falls silent costs.
 */
import { createClient } from "@redis/client";
import { Redis } from "@upstash/redis";
import { createRedisSharedCache } from "../shared/adapters/redis/redis-cache.ts";
import { createUpstashSharedCache } from "../shared/adapters/upstash/upstash-cache.ts";
import type { SharedCache } from "../shared/cache/ports.ts";
import { systemClock } from "../shared/kernel/clock.ts";
import { memoryEpochs, oneRow, startCacheInstance } from "../tests/support/cache-instance.ts";
import { startRedis } from "../tests/support/redis-server.ts";
import { startTcpProxy } from "../tests/support/tcp-proxy.ts";
import { startUpstashShim } from "../tests/support/upstash-shim.ts";

const ROUNDS = 41;
const SHOTS = 400;
const SIZE = 12_000;
const SQL = "select v from jobs";

const redis = await startRedis();
const shim = await startUpstashShim(redis.url);
const common = { prefix: "bench", clock: systemClock };
const resp = createRedisSharedCache({ ...common, url: redis.url, cluster: false });
const rest = createUpstashSharedCache({ ...common, url: shim.url, token: shim.token });
// As the cache has its client: the default, a timer for each command, would make the comparison easier for us.
const bareResp = createClient({ url: redis.url, commandOptions: { timeout: 0 } });
const bareRest = new Redis({
  url: shim.url,
  token: shim.token,
  automaticDeserialization: false,
  responseEncoding: false,
  enableTelemetry: false,
  enableAutoPipelining: false,
});
await bareResp.connect();
await bareResp.set("bare", "x".repeat(SIZE));
await resp.ping();
await rest.ping();

const instance = (shared: SharedCache | null, maxBytes: number) =>
  startCacheInstance({
    shared,
    maxBytes,
    epochs: memoryEpochs(),
    execute: async () => oneRow("x".repeat(SIZE)),
  });
const hit = async (shared: SharedCache | null, maxBytes: number) => {
  const one = instance(shared, maxBytes);
  for (let i = 0; i < 2; i++) await one.ask(SQL);
  if ((await one.ask(SQL)).cache.status !== "hit") throw new Error("it was no hit");
  return () => one.ask(SQL);
};
const contenders: Record<string, () => Promise<unknown>> = {
  "memory (L1)": await hit(null, 1_000_000),
  "bare GET, RESP": () => bareResp.get("bare"),
  "hit, RESP (L2)": await hit(resp, 1),
  "bare GET, REST": () => bareRest.get("bare"),
  "hit, REST (L2)": await hit(rest, 1),
};

const times = new Map<string, { p50: number; p99: number }[]>();
for (let round = 0; round < ROUNDS; round++)
  for (const [name, shoot] of Object.entries(contenders)) {
    const taken: number[] = [];
    for (let i = 0; i < SHOTS; i++) {
      const started = performance.now();
      await shoot();
      taken.push(performance.now() - started);
    }
    taken.sort((a, b) => a - b);
    const at = (share: number) => (taken[Math.floor(SHOTS * share)] ?? 0) * 1_000;
    times.set(name, [...(times.get(name) ?? []), { p50: at(0.5), p99: at(0.99) }]);
  }
const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
console.log(`a hit of ${SIZE} bytes, median of ${ROUNDS} rounds of ${SHOTS}, in µs`);
for (const [name, rounds] of times) {
  const p50 = median(rounds.map((one) => one.p50)).toFixed(0);
  const p99 = median(rounds.map((one) => one.p99)).toFixed(0);
  console.log(`  ${name.padEnd(16)} p50 ${p50.padStart(5)}  p99 ${p99.padStart(6)}`);
}
for (const [ours, bare] of [
  ["hit, RESP (L2)", "bare GET, RESP"],
  ["hit, REST (L2)", "bare GET, REST"],
] as const) {
  const ratio = (field: "p50" | "p99") =>
    median(
      (times.get(ours) ?? []).map((one, i) => one[field] / (times.get(bare)?.[i]?.[field] ?? 1)),
    ).toFixed(2);
  console.log(`  ${ours} / bare: p50 ${ratio("p50")}, p99 ${ratio("p99")} (p50 must be <= 1.3)`);
}

const proxy = await startTcpProxy(redis.port);
const silent = createRedisSharedCache({
  ...common,
  url: `redis://127.0.0.1:${proxy.port}`,
  cluster: false,
});
await silent.ping();
const one = instance(silent, 1);
await one.ask(SQL);
proxy.blackHole();
const waits: number[] = [];
for (let i = 0; i < 200; i++) {
  const started = performance.now();
  await one.ask(`${SQL} -- ${i}`);
  waits.push(performance.now() - started);
}
console.log(
  `a Redis that falls silent: the first query ${waits[0]?.toFixed(1)} ms, the next 199 at most ${Math.max(...waits.slice(1)).toFixed(2)} ms, median ${median(waits.slice(1)).toFixed(3)} ms`,
);
await Promise.all([resp.close(), silent.close()]);
bareResp.destroy();
await proxy.stop();
await shim.stop();
await redis.stop();

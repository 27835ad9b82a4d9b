/** The one suite over every shared cache: memory, Redis over RESP, a Redis cluster, Upstash over REST. */
// covers: CACHE-10, CACHE-05, CACHE-12
import { spawnSync } from "node:child_process";
import { describe } from "vitest";
import { createMemorySharedCache } from "../../shared/adapters/memory/shared-cache.ts";
import { createRedisSharedCache } from "../../shared/adapters/redis/redis-cache.ts";
import { createUpstashSharedCache } from "../../shared/adapters/upstash/upstash-cache.ts";
import { createStopwatch } from "../../shared/cache/elapsed.ts";
import { noRedis, startRedis } from "../support/redis-server.ts";
import { startUpstashShim } from "../support/upstash-shim.ts";
import { type CacheClocks, sharedCacheSuite } from "./shared-cache-suite.ts";

const common = ({ wall, server }: CacheClocks) => ({
  prefix: "test",
  clock: wall,
  serverClock: server.now,
});
const redisOptions = { cluster: false } as const;

sharedCacheSuite("memory", async ({ wall, server }) => {
  const cache = createMemorySharedCache({
    stopwatch: createStopwatch(wall, server.now),
    clock: wall,
    maxBytes: 10_000_000,
  });
  return { cache, close: cache.close };
});

describe.skipIf(noRedis)("on a real Redis", () => {
  sharedCacheSuite("Redis over RESP", async (clocks) => {
    const server = await startRedis();
    const cache = createRedisSharedCache({ ...common(clocks), ...redisOptions, url: server.url });
    return {
      cache,
      close: async () => {
        await cache.close();
        await server.stop();
      },
    };
  });

  sharedCacheSuite("a Redis cluster", async (clocks) => {
    const server = await startRedis([
      "--cluster-enabled",
      "yes",
      "--cluster-config-file",
      `/tmp/mcp-nodes-${process.pid}.conf`,
    ]);
    const cli = ["-p", `${server.port}`, "cluster", "addslotsrange", "0", "16383"];
    spawnSync("redis-cli", cli);
    while (!clusterIsUp(server.port)) await new Promise((resolve) => setImmediate(resolve));
    const options = { ...redisOptions, cluster: true, url: server.url };
    const cache = createRedisSharedCache({ ...common(clocks), ...options });
    return {
      cache,
      close: async () => {
        await cache.close();
        await server.stop();
        spawnSync("rm", ["-f", `/tmp/mcp-nodes-${process.pid}.conf`]);
      },
    };
  });

  sharedCacheSuite("Upstash over REST", async (clocks) => {
    const server = await startRedis();
    const shim = await startUpstashShim(server.url);
    const cache = createUpstashSharedCache({ ...common(clocks), url: shim.url, token: shim.token });
    return {
      cache,
      close: async () => {
        await cache.close();
        await shim.stop();
        await server.stop();
      },
    };
  });
});

function clusterIsUp(port: number): boolean {
  const { stdout } = spawnSync("redis-cli", ["-p", `${port}`, "cluster", "info"]);
  return String(stdout).includes("cluster_state:ok");
}

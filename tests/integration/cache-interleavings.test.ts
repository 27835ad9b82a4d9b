/**
 * Readers, writers, invalidations, deaths, lost answers and clocks that jump, in random order, over a real Redis and
 * several instances: no read is older than the freshness window allows, and no row goes to another principal.
 * MCP_CACHE_RUNS says how many orders are tried, MCP_CACHE_SEED repeats them.
 */
// covers: CACHE-12
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRedisCommands } from "../../shared/adapters/redis/redis-cache.ts";
import {
  createRedisCache,
  type RedisCommands,
} from "../../shared/adapters/redis-scripts/shared-cache.ts";
import { stories, tell } from "../support/cache-story.ts";
import { createWorld } from "../support/cache-world.ts";
import { noRedis, type RedisServer, startRedis } from "../support/redis-server.ts";

const RUNS = Number(process.env.MCP_CACHE_RUNS ?? 400);
const SEED = Number(process.env.MCP_CACHE_SEED ?? Date.now() % 2 ** 31);

describe.skipIf(noRedis)("over a real Redis", () => {
  let server: RedisServer;
  let redis: RedisCommands;
  let runs = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = createRedisCommands({ url: server.url, cluster: false });
  });
  afterAll(async () => {
    await redis.close();
    await server.stop();
  });

  it(`no order of events among ${RUNS} gives a stale row or another's`, async () => {
    console.log(`cache interleavings: MCP_CACHE_RUNS=${RUNS} MCP_CACHE_SEED=${SEED}`);
    const seen = { reads: 0, hit: 0, stale: 0, miss: 0, bypass: 0, executions: 0 };
    const events = new Map<string, number>();
    const property = fc.asyncProperty(stories, async (story) => {
      const world = createWorld({
        openStore: (clock, serverClock) =>
          createRedisCache(redis, { name: "redis", prefix: "test", clock, serverClock }),
        slowWrites: story.sick !== "wall",
        sourceId: `s${runs++}`,
        terms: { ttlSeconds: 10, freshnessMs: story.freshnessMs, maxEntryBytes: 50_000 },
        random: () => 0.5,
      });
      const answers = await tell(world, story, server);
      seen.reads += answers.length;
      for (const { cache } of answers) seen[cache.status]++;
      seen.executions += world.executions();
      for (const [event, count] of world.counts)
        events.set(event, (events.get(event) ?? 0) + count);
    });
    await fc.assert(property, {
      numRuns: RUNS,
      seed: SEED,
      endOnFailure: process.env.MCP_CACHE_SHRINK !== "true",
    });
    console.log(
      `cache interleavings: ${JSON.stringify({ ...seen, ...Object.fromEntries(events) })}`,
    );
    // Orders that never met what they are to try would prove nothing.
    expect(Math.min(seen.hit, seen.stale, seen.miss)).toBeGreaterThan(0);
    for (const event of ["lease_wait", "refused", "shared_away", "miss:changed"])
      expect(events.get(event), event).toBeGreaterThan(0);
  }, 7_200_000);
});

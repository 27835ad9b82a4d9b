/** Cache counters per source and registered model: exact over two instances, in statistics and in metrics. */
// covers: CACHE-18
import { expect, it } from "vitest";
import { createMemoryResultStore } from "../../shared/adapters/memory/result-store.ts";
import { createMemorySharedCache } from "../../shared/adapters/memory/shared-cache.ts";
import {
  addCounters,
  type CounterDelta,
  createCacheCounters,
} from "../../shared/adapters/metadata/cache-stores.ts";
import type { MetadataDatabase } from "../../shared/adapters/metadata/database.ts";
import { createWriteBehind } from "../../shared/adapters/metadata/write-behind.ts";
import { readCacheMetrics } from "../../shared/cache/cache-metrics.ts";
import { createStopwatch } from "../../shared/cache/elapsed.ts";
import type { SharedCache } from "../../shared/cache/ports.ts";
import { readCacheStats } from "../../shared/cache/read-stats.ts";
import type { Principal } from "../../shared/kernel/context.ts";
import { prometheusText } from "../../shared/kernel/prometheus-text.ts";
import { memoryEpochs, oneRow, startCacheInstance } from "../support/cache-instance.ts";
import { manualClock, testContext } from "../support/call-context.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const MODELS = ["churn", "fraud", null] as const;

onBothDatabases("cache counters", (db) => {
  it("add up over two instances, model by model, and to the total of the source", async () => {
    const clock = manualClock(Date.parse("2026-07-01T12:00:00Z"));
    const shared = sharedStore(clock);
    const epochs = memoryEpochs();
    let executions = 0;
    const instances = [0, 1].map(() => {
      const counters = countersOf(db(), clock);
      const execute = async (sql: string) => {
        executions++;
        return oneRow(sql);
      };
      const one = startCacheInstance({ shared, epochs, counters, execute, sourceId: "exact" });
      return { ...one, counters };
    });
    const expected = new Map<string | null, { hits: number; misses: number; bypasses: number }>(
      MODELS.map((model) => [model, { hits: 0, misses: 0, bypasses: 0 }]),
    );
    // Each statement is first asked by one model and then by all: whoever asks first misses, the model changes no key.
    for (let i = 0; i < 60; i++)
      for (let asker = 0; asker < MODELS.length; asker++) {
        const model = MODELS[(i + asker) % MODELS.length] ?? null;
        const noStore = i % 10 === 9;
        const answer = await instances[asker % 2]?.ask(`select ${i}`, { noStore }, { model });
        const counts = expected.get(model);
        const status = noStore ? "bypass" : asker === 0 ? "miss" : "hit";
        expect(answer?.cache.status).toBe(status);
        if (counts)
          counts[({ bypass: "bypasses", miss: "misses", hit: "hits" } as const)[status]]++;
      }
    expect(executions).toBe(54 + 18);
    const [one, two] = instances as [(typeof instances)[0], (typeof instances)[0]];
    await one.counters.read(1);
    const stats = await readCacheStats(statsDeps(two.counters), testContext().ctx);
    for (const model of ["churn", "fraud"]) {
      const own = stats.by_model?.[model];
      expect(own).toMatchObject(expected.get(model) ?? {});
      expect(own?.by_source.exact).toMatchObject(expected.get(model) ?? {});
      expect(own?.misses_by_reason).toEqual({ not_stored: expected.get(model)?.misses });
      expect(own?.stores).toBe(expected.get(model)?.misses);
    }
    expect(stats.by_source.exact).toMatchObject({
      hits: 108,
      misses: 54,
      bypasses: 18,
      stores: 54,
    });
    expect(Object.keys(stats.by_model ?? {})).toEqual(["churn", "fraud"]);

    const text = prometheusText(await readCacheMetrics(two, testContext().ctx));
    const hits = [
      ...text.matchAll(/^mcp_cache_hits_total\{source="exact",model="(.*)"\} (\d+)$/gm),
    ];
    expect(new Map(hits.map(([, model, count]) => [model || null, Number(count)]))).toEqual(
      new Map(MODELS.map((model) => [model, expected.get(model)?.hits])),
    );
    expect(text).toContain(
      `mcp_cache_misses_total{source="exact",model="fraud",reason="not_stored"} ${expected.get("fraud")?.misses}\n`,
    );
  });

  it("are each counted once though both instances write at the same time", async () => {
    const clock = manualClock(Date.parse("2026-07-02T12:00:00Z"));
    const all = Array.from({ length: 8 }, () => countersOf(db(), clock));
    for (const one of all)
      for (let i = 0; i < 30; i++)
        one.count("raced", i % 3 === 0 ? "eviction" : "lease_wait", 1, MODELS[i % 3] ?? null);
    await Promise.all(all.map((one) => one.read(1)));
    const { all: sources, byModel } = await countersOf(db(), clock).readWithModels(1);
    expect(sources.get("raced")).toEqual(
      new Map([
        ["eviction", 80],
        ["lease_wait", 160],
      ]),
    );
    expect(byModel.get("churn")?.get("raced")).toEqual(new Map([["eviction", 80]]));
    expect(byModel.get("fraud")?.get("raced")).toEqual(new Map([["lease_wait", 80]]));
  });

  it("show a caller no source that is not theirs, and no model to who may not read models", async () => {
    const clock = manualClock(Date.parse("2026-07-03T12:00:00Z"));
    const counters = countersOf(db(), clock);
    counters.count("mine", "hit", 2, "churn");
    counters.count("theirs", "hit", 5, "churn");
    counters.count("theirs", "hit", 5, "secret");
    const { ctx } = testContext();
    const as = (permissions: string[]): Principal => ({
      ...ctx.principal,
      permissions: new Set(permissions) as Principal["permissions"],
      sources: new Set(["mine"]),
    });
    const reader = { ...ctx, principal: as(["cache:read", "models:read"]) };
    const stats = await readCacheStats(statsDeps(counters), reader);
    expect(stats.total.hits).toBe(2);
    expect(Object.keys(stats.by_source)).toEqual(["mine"]);
    expect(stats.by_model?.churn).toMatchObject({ hits: 2 });
    expect(Object.keys(stats.by_model?.churn?.by_source ?? {})).toEqual(["mine"]);
    expect(Object.keys(stats.by_model ?? {})).toEqual(["churn"]);
    const other = { ...ctx, principal: as(["cache:read"]) };
    expect(await readCacheStats(statsDeps(counters), other)).not.toHaveProperty("by_model");
    const text = prometheusText(await readCacheMetrics({ counters }, reader));
    expect(text).not.toMatch(/theirs|secret/);
    expect(text).toContain('mcp_cache_hits_total{source="mine",model="churn"} 2\n');
  });
});

it("an evicted result is counted for the model that had it kept", () => {
  const evicted: unknown[] = [];
  const store = createMemoryResultStore({
    maxBytes: 1_500,
    stopwatch: createStopwatch(manualClock()),
    onEvicted: (sourceId, modelId) => void evicted.push([sourceId, modelId]),
  });
  const found = { entry: { result: { size: () => 500 } }, ageMs: 0 } as never;
  store.set("a", "s", found, 1_000, "churn");
  store.set("b", "s", found, 1_000);
  store.set("c", "s", found, 1_000, "fraud");
  expect(evicted).toEqual([
    ["s", "churn"],
    ["s", null],
  ]);
});

function countersOf(db: MetadataDatabase, clock: { now(): number }) {
  const pending = createWriteBehind<CounterDelta>({
    name: "cache counters",
    log: testContext().ctx.log,
    flush: (deltas) => addCounters(db, clock, deltas),
    batchSize: 7,
  });
  return createCacheCounters(db, clock, pending);
}

const sharedStore = (clock: { now(): number }): SharedCache =>
  createMemorySharedCache({ stopwatch: createStopwatch(clock), clock, maxBytes: 1_000_000 });

const statsDeps = (counters: ReturnType<typeof createCacheCounters>) => ({
  counters,
  results: { usage: () => ({ entries: 0, bytes: 0, maxBytes: 0, evictions: 0 }) },
  sharedCache: null,
});

/** The miss-rate alert over two instances and one database: exact counters, one incident, no flapping. */
// covers: ALERT-15
import { beforeEach, expect, it } from "vitest";
import {
  addCounters,
  type CounterDelta,
  createCacheCounters,
} from "../../shared/adapters/metadata/cache-stores.ts";
import { createMissWatchStore } from "../../shared/adapters/metadata/cache-watch-store.ts";
import type { MetadataDatabase } from "../../shared/adapters/metadata/database.ts";
import { createIncidentStore } from "../../shared/adapters/metadata/incident-store.ts";
import { createWriteBehind } from "../../shared/adapters/metadata/write-behind.ts";
import { openIncident } from "../../shared/alerts/open-incident.ts";
import { resolveIncident } from "../../shared/alerts/resolve-incident.ts";
import { watchMisses } from "../../shared/cache/watch-misses.ts";
import { type ManualClock, manualClock, testContext } from "../support/call-context.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const MINUTE = 60_000;
const missRule = { windowMs: 15 * MINUTE, minQueries: 100, maxMissRate: 0.4 };

function startInstance(db: MetadataDatabase, clock: ManualClock) {
  const { ctx } = testContext();
  const pending = createWriteBehind<CounterDelta>({
    name: "cache counters",
    log: ctx.log,
    flush: (deltas) => addCounters(db, clock, deltas),
  });
  const counters = createCacheCounters(db, clock, pending);
  const incidents = createIncidentStore(db);
  const alerts = { incidents, clock, channelNames: [], queue: { enqueue: async () => undefined } };
  const deps = {
    counters,
    missWatches: createMissWatchStore(db),
    missRule,
    openIncident: (incident: Parameters<typeof openIncident>[1]) =>
      openIncident(alerts, incident, ctx),
    resolveIncident: (key: string) => resolveIncident(alerts, key, ctx),
  };
  return {
    serve(source: string, hits: number, misses: number) {
      counters.count(source, "hit", hits);
      counters.count(source, "miss:not_stored", misses);
    },
    drain: () => pending.drain(),
    watch: () => watchMisses(deps, { ...ctx, now: clock.now() }),
    incidents: async () =>
      (await incidents.list({ limit: 100 })).map(({ incident }) => [
        incident.dedupKey,
        incident.state,
      ]),
    evidence: async () => (await incidents.list({ limit: 1 }))[0]?.incident.evidence,
  };
}

onBothDatabases("the miss-rate alert", (db) => {
  let clock: ManualClock;
  let one: ReturnType<typeof startInstance>;
  let two: ReturnType<typeof startInstance>;

  beforeEach(async () => {
    for (const table of ["alert_deliveries", "incidents", "cache_watch", "cache_counters"] as const)
      await db().deleteFrom(table).execute();
    clock = manualClock();
    [one, two] = [startInstance(db(), clock), startInstance(db(), clock)];
    one.serve("a", 1, 1);
    one.serve("b", 1, 1);
    await nextWindow();
  });

  /** What both have counted is written; then both timers fire, in the same moment. */
  async function nextWindow(): Promise<void> {
    await Promise.all([one.drain(), two.drain()]);
    clock.advance(missRule.windowMs);
    await Promise.all([one.watch(), two.watch()]);
  }

  it("adds up what the instances counted: neither alone would tell", async () => {
    one.serve("a", 55, 5);
    two.serve("a", 5, 55);
    two.serve("b", 60, 40);
    await nextWindow();
    expect(await one.incidents()).toEqual([["cache_miss_rate:a", "open"]]);
    expect(await one.evidence()).toEqual({
      source: "a",
      miss_rate: 0.5,
      limit: 0.4,
      window_minutes: 15,
    });
  });

  it("is one incident however often it is looked at, and one for each source", async () => {
    for (let i = 0; i < 3; i++) {
      one.serve("a", 0, 100);
      two.serve("b", 0, 100);
      await nextWindow();
      await Promise.all([one.watch(), two.watch(), one.watch()]);
    }
    expect((await one.incidents()).sort()).toEqual([
      ["cache_miss_rate:a", "open"],
      ["cache_miss_rate:b", "open"],
    ]);
  });

  it("looks at a window once: what comes later in it belongs to the next", async () => {
    one.serve("a", 100, 0);
    await nextWindow();
    one.serve("a", 0, 60);
    await one.drain();
    clock.advance(missRule.windowMs / 3);
    await two.watch();
    expect(await one.incidents()).toEqual([]);
    two.serve("a", 0, 60);
    await nextWindow();
    expect(await one.incidents()).toEqual([["cache_miss_rate:a", "open"]]);
  });

  it("tells nothing of a few questions", async () => {
    one.serve("a", 0, 99);
    await nextWindow();
    expect(await one.incidents()).toEqual([]);
  });

  it("ends well below the limit, and not at it", async () => {
    const state = async (hits: number, misses: number) => {
      two.serve("a", hits, misses);
      await nextWindow();
      return (await one.incidents()).map(([, known]) => known);
    };
    expect(await state(50, 50)).toEqual(["open"]);
    expect(await state(61, 39)).toEqual(["open"]);
    expect(await state(0, 50)).toEqual(["open"]);
    expect(await state(67, 33)).toEqual(["open"]);
    expect(await state(68, 32)).toEqual(["resolved"]);
    // At the limit it does not come back.
    expect(await state(60, 40)).toEqual(["resolved"]);
  });

  it("ends when nothing is asked any more", async () => {
    one.serve("a", 0, 100);
    await nextWindow();
    await nextWindow();
    expect(await one.incidents()).toEqual([["cache_miss_rate:a", "resolved"]]);
  });

  it("survives midnight, when the counters begin a new day", async () => {
    for (let i = 0; i < 50; i++) {
      one.serve("a", 90, 10);
      await nextWindow();
    }
    expect(await one.incidents()).toEqual([]);
    two.serve("a", 10, 90);
    await nextWindow();
    expect(await one.incidents()).toEqual([["cache_miss_rate:a", "open"]]);
  });
});

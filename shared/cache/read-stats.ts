/** Cache statistics: exact over all instances for events, of this instance alone for memory. */
import type { CallContext } from "../kernel/context.ts";
import {
  type Events,
  hitsAndMisses,
  missesOf,
  readSeen,
  type Seen,
  sum,
} from "./counted-events.ts";
import type { CacheCounters, ResultStore, SharedCache } from "./ports.ts";

const DAYS = 30;

/** What is counted under which name; misses and the rate are sums of their own. */
const COUNTED = {
  hits: "hit",
  stale: "stale",
  bypasses: "bypass",
  stores: "store",
  refused: "refused",
  too_large: "too_large",
  evictions: "eviction",
  lease_waits: "lease_wait",
  refreshes: "refresh",
  bytes_served: "bytes_served",
  bytes_stored: "bytes_stored",
} as const;

export type CacheCounts = Record<keyof typeof COUNTED | "misses", number> & {
  readonly hit_rate: number | null;
  readonly misses_by_reason: Readonly<Record<string, number>>;
};

export interface StatsDeps {
  readonly counters: Pick<CacheCounters, "readWithModels">;
  readonly results: Pick<ResultStore, "usage">;
  readonly sharedCache: {
    readonly name: SharedCache["name"];
    readonly state: () => "closed" | "probing" | "open";
  } | null;
}

/** Only the sources that the caller may see are counted, and models only for who may read them. */
export async function readCacheStats(deps: StatsDeps, ctx: CallContext) {
  const { permissions } = ctx.principal;
  const seen = await readSeen(deps.counters, DAYS, ctx.principal);
  const total = counts(totalOf(seen.sources));
  const seesModels = permissions.has("models:read") || permissions.has("admin");
  const usage = deps.results.usage();
  return {
    total,
    by_source: bySource(seen.sources),
    ...(seesModels && { by_model: byModel(seen.models) }),
    misses_by_reason: total.misses_by_reason,
    shared: deps.sharedCache && {
      store: deps.sharedCache.name,
      state: deps.sharedCache.state(),
      passed_over: seen.passedOver,
    },
    this_instance: {
      entries: usage.entries,
      bytes: usage.bytes,
      max_bytes: usage.maxBytes,
      evictions: usage.evictions,
    },
  };
}

const totalOf = (seen: Seen): Events => sum(seen.map(([, events]) => events));

const bySource = (seen: Seen): Record<string, CacheCounts> =>
  Object.fromEntries(seen.map(([sourceId, events]) => [sourceId, counts(events)]));

const byModel = (models: readonly (readonly [string, Seen])[]) =>
  Object.fromEntries(
    models.map(([modelId, seen]) => [
      modelId,
      { ...counts(totalOf(seen)), by_source: bySource(seen) },
    ]),
  );

/** A stale answer was asked for and given: it is neither a hit nor a miss. */
function counts(events: Events): CacheCounts {
  const counted = Object.fromEntries(
    Object.entries(COUNTED).map(([name, event]) => [name, events.get(event) ?? 0]),
  ) as Record<keyof typeof COUNTED, number>;
  const { misses } = hitsAndMisses(events);
  const asked = counted.hits + misses;
  return {
    ...counted,
    misses,
    hit_rate: asked === 0 ? null : Math.round((counted.hits / asked) * 10_000) / 10_000,
    misses_by_reason: missesOf(events),
  };
}

/** Cache statistics: exact over all instances for events, of this instance alone for memory. */
import type { CallContext } from "../kernel/context.ts";
import { type CacheCounters, EVERY_SOURCE, type ResultStore, type SharedCache } from "./ports.ts";

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

type Events = ReadonlyMap<string, number>;
export type CacheCounts = Record<keyof typeof COUNTED | "misses", number> & {
  readonly hit_rate: number | null;
};

export interface StatsDeps {
  readonly counters: Pick<CacheCounters, "read">;
  readonly results: Pick<ResultStore, "usage">;
  readonly sharedCache: {
    readonly name: SharedCache["name"];
    readonly state: () => "closed" | "probing" | "open";
  } | null;
}

/** Only the sources that the caller may see are counted. */
export async function readCacheStats(deps: StatsDeps, ctx: CallContext) {
  const { sources } = ctx.principal;
  const read = await deps.counters.read(DAYS);
  const seen = [...read].filter(
    ([sourceId]) => sourceId !== EVERY_SOURCE && (sources === "all" || sources.has(sourceId)),
  );
  const total = sum(seen.map(([, events]) => events));
  const usage = deps.results.usage();
  return {
    total: counts(total),
    by_source: Object.fromEntries(seen.map(([sourceId, events]) => [sourceId, counts(events)])),
    misses_by_reason: missesOf(total),
    shared: deps.sharedCache && {
      store: deps.sharedCache.name,
      state: deps.sharedCache.state(),
      passed_over: read.get(EVERY_SOURCE)?.get("shared_away") ?? 0,
    },
    this_instance: {
      entries: usage.entries,
      bytes: usage.bytes,
      max_bytes: usage.maxBytes,
      evictions: usage.evictions,
    },
  };
}

function sum(all: readonly Events[]): Events {
  const total = new Map<string, number>();
  for (const events of all)
    for (const [event, count] of events) total.set(event, (total.get(event) ?? 0) + count);
  return total;
}

const missesOf = (events: Events): Record<string, number> =>
  Object.fromEntries(
    [...events]
      .filter(([event]) => event.startsWith("miss:"))
      .map(([event, count]) => [event.slice("miss:".length), count]),
  );

export function hitsAndMisses(events: Events): { readonly hits: number; readonly misses: number } {
  const misses = Object.values(missesOf(events)).reduce((all, count) => all + count, 0);
  return { hits: events.get(COUNTED.hits) ?? 0, misses };
}

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
  };
}

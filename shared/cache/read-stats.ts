/** Cache statistics: exact over all instances for events, of this instance alone for memory. */
import type { CallContext } from "../kernel/context.ts";
import type { CacheCounters, ResultStore } from "./ports.ts";

const DAYS = 30;

export interface CacheCounts {
  hits: number;
  misses: number;
  bypasses: number;
  stores: number;
  hit_rate: number | null;
}

/** Only the sources that the caller may see are counted. */
export async function readCacheStats(
  deps: { counters: Pick<CacheCounters, "read">; results: Pick<ResultStore, "usage"> },
  ctx: CallContext,
) {
  const { sources } = ctx.principal;
  const all = [...(await deps.counters.read(DAYS))].filter(
    ([sourceId]) => sources === "all" || sources.has(sourceId),
  );
  const reasons: Record<string, number> = {};
  for (const [, events] of all) {
    for (const [event, count] of events) {
      if (event.startsWith("miss:"))
        reasons[event.slice(5)] = (reasons[event.slice(5)] ?? 0) + count;
    }
  }
  const usage = deps.results.usage();
  return {
    total: counts(all.map(([, events]) => events)),
    by_source: Object.fromEntries(all.map(([sourceId, events]) => [sourceId, counts([events])])),
    misses_by_reason: reasons,
    this_instance: {
      entries: usage.entries,
      bytes: usage.bytes,
      max_bytes: usage.maxBytes,
      evictions: usage.evictions,
    },
  };
}

function counts(sources: readonly ReadonlyMap<string, number>[]): CacheCounts {
  const sum = { hits: 0, misses: 0, bypasses: 0, stores: 0 };
  for (const [event, count] of sources.flatMap((events) => [...events])) {
    if (event === "hit") sum.hits += count;
    else if (event === "bypass") sum.bypasses += count;
    else if (event === "store") sum.stores += count;
    else sum.misses += count;
  }
  const asked = sum.hits + sum.misses;
  return {
    ...sum,
    hit_rate: asked === 0 ? null : Math.round((sum.hits / asked) * 10_000) / 10_000,
  };
}

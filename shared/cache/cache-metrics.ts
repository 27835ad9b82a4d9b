/** The cache's counters as metrics, since ever: by source and by the registered model that asked. */
import type { CallContext } from "../kernel/context.ts";
import type { CounterFamily, CounterSample } from "../kernel/prometheus-text.ts";
import { type Events, missesOf, readSeen, type SeenEvents } from "./counted-events.ts";
import { type CacheCounters, EVER_DAYS } from "./ports.ts";

/** Event → metric and what it says. */
const METRICS = {
  hit: ["hits", "Answers from the cache"],
  stale: ["stale", "Answers that were out of date, for callers who took them"],
  bypass: ["bypasses", "Queries that passed the cache by"],
  store: ["stores", "Results kept"],
  refused: ["refused", "Results that came too late to be kept"],
  too_large: ["too_large", "Results too large to keep"],
  eviction: ["evictions", "Results that had to go for others"],
  lease_wait: ["lease_waits", "Requests that waited for another instance"],
  refresh: ["refreshes", "Results made anew before their time, or behind a stale answer"],
  bytes_served: ["served_bytes", "Characters of results served from the cache"],
  bytes_stored: ["stored_bytes", "Characters of results kept"],
} as const;

/** The model of queries that named none. */
const NO_MODEL = "";

interface Series {
  readonly source: string;
  readonly model: string;
  readonly events: Events;
}

/** Series are as many as there are pairs of source and registered model that asked: callers cannot make others. */
export async function readCacheMetrics(
  deps: { readonly counters: Pick<CacheCounters, "readWithModels"> },
  ctx: CallContext,
): Promise<CounterFamily[]> {
  const seen = await readSeen(deps.counters, EVER_DAYS, ctx.principal);
  const series = seriesOf(seen);
  const plain = Object.entries(METRICS).map(
    ([event, [name, help]]): CounterFamily => ({
      name: `mcp_cache_${name}_total`,
      help,
      samples: series.flatMap((one) => sampleOf(one, event)),
    }),
  );
  return [
    ...plain,
    {
      name: "mcp_cache_misses_total",
      help: "Answers that were not in the cache, by reason",
      samples: series.flatMap(misses),
    },
    {
      name: "mcp_cache_shared_passed_over_total",
      help: "Calls that went on without the shared store",
      samples: [{ labels: {}, value: seen.passedOver }],
    },
  ];
}

/** What models did not ask for is what is left, so that the sum over `model` is the source's total. */
function seriesOf({ sources, models }: SeenEvents): Series[] {
  const named = models.flatMap(([model, own]) =>
    own.map(([source, events]): Series => ({ source, model, events })),
  );
  const rest = sources.map(([source, events]): Series => {
    const left = new Map(events);
    for (const part of named.filter((one) => one.source === source))
      for (const [event, count] of part.events) left.set(event, (left.get(event) ?? 0) - count);
    return { source, model: NO_MODEL, events: left };
  });
  return [...rest, ...named];
}

function sampleOf({ source, model, events }: Series, event: string): CounterSample[] {
  const value = events.get(event);
  return value === undefined ? [] : [{ labels: { source, model }, value }];
}

const misses = ({ source, model, events }: Series): CounterSample[] =>
  Object.entries(missesOf(events)).map(([reason, value]) => ({
    labels: { source, model, reason },
    value,
  }));

/** What the cache counted, as far as a caller may see it, and what is made of the counts. */
import type { Principal } from "../kernel/context.ts";
import { type CacheCounters, EVERY_SOURCE, type SourceEvents } from "./ports.ts";

export type Events = ReadonlyMap<string, number>;
/** Source and what was counted for it. */
export type Seen = readonly (readonly [string, Events])[];

export interface SeenEvents {
  readonly sources: Seen;
  /** The part of each model. */
  readonly models: readonly (readonly [string, Seen])[];
  /** Calls that went on without the shared store. */
  readonly passedOver: number;
}

/** Only the sources that the caller may see. */
export async function readSeen(
  counters: Pick<CacheCounters, "readWithModels">,
  days: number,
  { sources }: Pick<Principal, "sources">,
): Promise<SeenEvents> {
  const { all, byModel } = await counters.readWithModels(days);
  const seen = (events: SourceEvents): Seen =>
    [...events].filter(
      ([sourceId]) => sourceId !== EVERY_SOURCE && (sources === "all" || sources.has(sourceId)),
    );
  return {
    sources: seen(all),
    models: [...byModel]
      .map(([modelId, events]) => [modelId, seen(events)] as const)
      .filter(([, events]) => events.length > 0)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
    passedOver: all.get(EVERY_SOURCE)?.get("shared_away") ?? 0,
  };
}

export function sum(all: readonly Events[]): Events {
  const total = new Map<string, number>();
  for (const events of all)
    for (const [event, count] of events) total.set(event, (total.get(event) ?? 0) + count);
  return total;
}

export const missesOf = (events: Events): Record<string, number> =>
  Object.fromEntries(
    [...events]
      .filter(([event]) => event.startsWith("miss:"))
      .map(([event, count]) => [event.slice("miss:".length), count]),
  );

export function hitsAndMisses(events: Events): { readonly hits: number; readonly misses: number } {
  const misses = Object.values(missesOf(events)).reduce((all, count) => all + count, 0);
  return { hits: events.get("hit") ?? 0, misses };
}

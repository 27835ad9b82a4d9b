/** The alert rule `cache_miss_rate`: once per window, for each source, over the exact counters of all instances. */
import type { NewIncident } from "../alerts/ports.ts";
import type { CallContext } from "../kernel/context.ts";
import { hitsAndMisses } from "./counted-events.ts";
import { type MissTotals, nextWatch } from "./miss-watch.ts";
import { type CacheCounters, EVER_DAYS, EVERY_SOURCE } from "./ports.ts";
import type { MissRule, MissWatch, MissWatchStore } from "./watch-ports.ts";

export interface WatchMissesDeps {
  readonly counters: Pick<CacheCounters, "read">;
  readonly missWatches: MissWatchStore;
  readonly missRule: MissRule;
  openIncident(incident: NewIncident, ctx: CallContext): Promise<unknown>;
  resolveIncident(dedupKey: string, ctx: CallContext): Promise<unknown>;
}

export const missDedupKey = (sourceId: string): string => `cache_miss_rate:${sourceId}`;

/** N instances may run it at once: a window counts once, and the incident has one key. */
export async function watchMisses(deps: WatchMissesDeps, ctx: CallContext): Promise<void> {
  const { windowMs } = deps.missRule;
  const slot = Math.floor(ctx.now / windowMs) * windowMs;
  const known = new Map((await deps.missWatches.list()).map((one) => [one.sourceId, one]));
  const isDue = known.size === 0 || [...known.values()].some((one) => one.slot < slot);
  if (!isDue) return;
  const totals = await deps.counters.read(EVER_DAYS);
  for (const [sourceId, events] of totals) {
    if (sourceId === EVERY_SOURCE) continue;
    await look(
      deps,
      known.get(sourceId) ?? null,
      { sourceId, ...hitsAndMisses(events) },
      slot,
      ctx,
    );
  }
}

/** Whoever writes the window tells of it. One who dies in between is made good in the next window, by the stored state. */
async function look(
  deps: WatchMissesDeps,
  known: MissWatch | null,
  totals: MissTotals,
  slot: number,
  ctx: CallContext,
): Promise<void> {
  const next = nextWatch(known, totals, slot, deps.missRule);
  if (next === null) return;
  // Noted first: an incident without its note would never be resolved; a note without its incident does no harm.
  const noted = { ...next, incidentOpen: next.missing || next.incidentOpen };
  if (!(await deps.missWatches.save(noted))) return;
  if (noted.missing) await deps.openIncident(incidentOf(noted, deps.missRule), ctx);
  else if (noted.incidentOpen) {
    await deps.resolveIncident(missDedupKey(noted.sourceId), ctx);
    await deps.missWatches.save({ ...noted, incidentOpen: false, version: noted.version + 1 });
  }
}

function incidentOf({ sourceId, rate }: MissWatch, rule: MissRule): NewIncident {
  const percent = (share: number) => Math.round(share * 1_000) / 10;
  return {
    dedupKey: missDedupKey(sourceId),
    rule: "cache_miss_rate",
    severity: "warning",
    summary: `The cache of ${sourceId} misses ${percent(rate ?? 1)} % of what is asked, more than ${percent(rule.maxMissRate)} %`,
    evidence: {
      source: sourceId,
      miss_rate: rate,
      limit: rule.maxMissRate,
      window_minutes: rule.windowMs / 60_000,
    },
  };
}

/** From the totals of two looks at a source's cache to whether it misses too much. Pure. */
import type { MissRule, MissWatch } from "./watch-ports.ts";

/** Only well below the limit is it over: a rate that wavers around it would open and resolve by turns. */
const OVER_BELOW = 0.8;

export interface MissTotals {
  readonly sourceId: string;
  readonly hits: number;
  readonly misses: number;
}

/** Null where this window was looked at already. */
export function nextWatch(
  known: MissWatch | null,
  totals: MissTotals,
  slot: number,
  rule: MissRule,
): MissWatch | null {
  if (known === null)
    return { ...totals, slot, missing: false, rate: null, incidentOpen: false, version: 1 };
  if (known.slot >= slot) return null;
  const hits = totals.hits - known.hits;
  const misses = totals.misses - known.misses;
  return {
    ...known,
    ...totals,
    slot,
    ...judge(known, hits, misses, rule),
    version: known.version + 1,
  };
}

function judge(
  known: MissWatch,
  hits: number,
  misses: number,
  { minQueries, maxMissRate }: MissRule,
): Pick<MissWatch, "missing" | "rate"> {
  const asked = hits + misses;
  // Whoever asks nothing misses nothing; of a few questions nobody can tell.
  if (asked === 0) return { missing: false, rate: known.rate };
  if (asked < minQueries) return { missing: known.missing, rate: known.rate };
  const rate = misses / asked;
  const limit = known.missing ? maxMissRate * OVER_BELOW : maxMissRate;
  return { missing: rate > limit, rate };
}

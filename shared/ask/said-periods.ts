/** The periods that a question says, and whether they move with the clock. */
import { type FoundPeriod, findPeriods } from "./periods.ts";
import type { Now } from "./ports.ts";
import type { Token } from "./tokens.ts";

export interface SaidPeriod extends FoundPeriod {
  /** `last month`, but not `May 2026`. */
  readonly relative: boolean;
}

/** Far enough that no relative period stays where it was. */
const ELSEWHEN_MS = 401 * 86_400_000;

export function saidPeriods(tokens: readonly Token[], now: Now): readonly SaidPeriod[] {
  const later = findPeriods(tokens, { ...now, at: now.at + ELSEWHEN_MS });
  return findPeriods(tokens, now).map((found) => {
    const then = later.find(({ start }) => start === found.start)?.period;
    const { from, to } = found.period;
    return { ...found, relative: then?.from !== from || then?.to !== to };
  });
}

/** How long ago something was, by two clocks of which either may fail us. */
import type { Clock } from "../kernel/clock.ts";

/** A moment on both clocks, in milliseconds. */
export interface Mark {
  readonly wall: number;
  readonly steady: number;
}

export interface Stopwatch {
  /** Now, or `agoMs` before. */
  mark(agoMs?: number): Mark;
  since(mark: Mark): number;
}

/** How much later the one moment was; see createStopwatch. */
export const between = (earlier: Mark, later: Mark): number =>
  Math.max(0, later.wall - earlier.wall, later.steady - earlier.steady);

/**
 * The larger of both differences counts: a wall clock that is set back is caught by the steady one, and a machine that
 * slept, whose steady clock stood still, by the wall clock. Too old an age costs a look; too young a one would be wrong.
 */
export function createStopwatch(wall: Clock, steady: () => number = monotonic): Stopwatch {
  return {
    mark: (agoMs = 0) => ({ wall: wall.now() - agoMs, steady: steady() - agoMs }),
    since: (mark) => Math.max(0, wall.now() - mark.wall, steady() - mark.steady),
  };
}

const monotonic = (): number => performance.now();

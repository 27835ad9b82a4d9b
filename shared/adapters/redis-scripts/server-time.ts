/** The server's time, asked for now and then and carried on by this instance's own clocks. */
import type { Mark, Stopwatch } from "../../cache/elapsed.ts";

/** Entries are aged in seconds; a server whose clock is set while we count on is found out by then. */
const ASK_EVERY_MS = 1_000;

export interface ServerTime {
  /** Resolves when `now` may be asked for; null where it may at once. */
  ask(): Promise<void> | null;
  /** Milliseconds by the server's clock, or later. */
  now(): number;
}

/**
 * What it says is never earlier than the server's own clock would: counted from the moment it was asked for, by that of
 * two clocks that goes faster. An entry may seem older by it than it is, not younger.
 */
export function createServerTime(time: () => Promise<number>, stopwatch: Stopwatch): ServerTime {
  let known: { readonly at: number; readonly sent: Mark } | null = null;
  const read = async (): Promise<void> => {
    const sent = stopwatch.mark();
    known = { at: await time(), sent };
  };
  return {
    ask: () => (known !== null && stopwatch.since(known.sent) < ASK_EVERY_MS ? null : read()),
    now: () => {
      if (known === null) throw new Error("the server's time was not asked for");
      return known.at + stopwatch.since(known.sent);
    },
  };
}

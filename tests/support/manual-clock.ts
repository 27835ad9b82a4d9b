/** A clock that a test moves by hand; due callbacks run in the order of their times. */

export interface ManualClock {
  now(): number;
  schedule(callback: () => void, delayMs: number): () => void;
  /** Moves the time on and lets what became due, and what it started, run to its next wait. */
  advance(milliseconds: number): Promise<void>;
  /** How many callbacks wait. */
  readonly pending: number;
  /** The delays that were asked for, in order. */
  readonly delays: readonly number[];
}

export function createManualClock(startIso: string): ManualClock {
  let now = Date.parse(startIso);
  const delays: number[] = [];
  const waiting = new Set<{ readonly dueAt: number; readonly callback: () => void }>();
  const nextDue = (limit: number) =>
    [...waiting].filter((entry) => entry.dueAt <= limit).sort((a, b) => a.dueAt - b.dueAt)[0];
  return {
    now: () => now,
    schedule(callback, delayMs) {
      delays.push(delayMs);
      const entry = { dueAt: now + Math.max(delayMs, 0), callback };
      waiting.add(entry);
      return () => waiting.delete(entry);
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let entry = nextDue(end); entry; entry = nextDue(end)) {
        waiting.delete(entry);
        now = Math.max(now, entry.dueAt);
        entry.callback();
        await settle();
      }
      now = end;
    },
    get pending() {
      return waiting.size;
    },
    delays,
  };
}

/** A few turns of the event loop: enough for promises and in-memory I/O to come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

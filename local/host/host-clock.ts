/** Time as a port, so that schedules, back-off and leases are tested without sleeping. */

export interface HostClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `callback` once after `delayMs`; the returned function cancels it. */
  schedule(callback: () => void, delayMs: number): () => void;
}

/** setTimeout overflows above 2^31-1 ms and would fire at once. */
export const longestDelayMs = 2_147_483_647;

export const systemClock: HostClock = {
  now: () => Date.now(),
  schedule(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestDelayMs));
    return () => clearTimeout(timer);
  },
};

/** Waits on the clock; an aborted signal ends the wait early and without an error. */
export function waitOn(clock: HostClock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.schedule(finish, delayMs);
    signal.addEventListener("abort", finish, { once: true });
  });
}

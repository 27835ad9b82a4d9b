/** Whose turn it is on a source: at most so many statements at once, and no caller crowds out the others. */
import { AppError } from "../kernel/app-error.ts";
import { callerGone } from "../kernel/caller-gone.ts";

export interface Turns {
  /**
   * Settles when it is this caller's turn; what it gives ends the turn and may be called again.
   * @throws AppError overloaded, rate_limited (this caller alone has too many waiting), client_closed.
   */
  take(caller: string, waitMs: number, signal: AbortSignal): Promise<() => void>;
  status(): { readonly running: number; readonly waiting: number };
}

export interface TurnsOptions {
  readonly sourceId: string;
  /** How many run at once. */
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly maxWaitingPerCaller: number;
}

interface Waiter {
  readonly caller: string;
  start(): void;
}

export function createTurns(options: TurnsOptions): Turns {
  const running = new Map<string, number>();
  /** In the order they came. */
  const waiting: Waiter[] = [];
  let busy = 0;

  const begin = (caller: string): (() => void) => {
    busy++;
    running.set(caller, (running.get(caller) ?? 0) + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      busy--;
      const left = (running.get(caller) ?? 1) - 1;
      if (left > 0) running.set(caller, left);
      else running.delete(caller);
      next();
    };
  };
  const next = () => {
    if (busy >= options.concurrency || waiting.length === 0) return;
    const at = fairest(waiting, running);
    waiting.splice(at, 1)[0]?.start();
  };
  return {
    async take(caller, waitMs, signal) {
      if (signal.aborted) throw callerGone();
      if (busy < options.concurrency && waiting.length === 0) return begin(caller);
      refuseCrowd(options, waiting, caller);
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const waiter: Waiter = { caller, start: () => resolve(begin(caller)) };
      const giveUp = (error: AppError) => {
        const at = waiting.indexOf(waiter);
        if (at < 0) return;
        waiting.splice(at, 1);
        reject(error);
      };
      const leave = () => giveUp(callerGone());
      const timer = setTimeout(() => giveUp(tooLong(options.sourceId, waitMs)), waitMs);
      signal.addEventListener("abort", leave, { once: true });
      waiting.push(waiter);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      }
    },
    status: () => ({ running: busy, waiting: waiting.length }),
  };
}

/** Who has the fewest running comes next; among equals, who came first. */
function fairest(waiting: readonly Waiter[], running: ReadonlyMap<string, number>): number {
  let best = 0;
  let fewest = Number.POSITIVE_INFINITY;
  waiting.forEach(({ caller }, i) => {
    const count = running.get(caller) ?? 0;
    if (count < fewest) {
      fewest = count;
      best = i;
    }
  });
  return best;
}

function refuseCrowd(options: TurnsOptions, waiting: readonly Waiter[], caller: string): void {
  const { sourceId, maxWaiting, maxWaitingPerCaller } = options;
  const own = waiting.filter((waiter) => waiter.caller === caller).length;
  if (own >= maxWaitingPerCaller)
    throw new AppError(
      "rate_limited",
      `You have ${own} queries waiting for ${sourceId} already: let some of them end first.`,
      { retryAfterSeconds: 1, meta: { source: sourceId } },
    );
  if (waiting.length >= maxWaiting)
    throw new AppError("overloaded", `${waiting.length} queries wait for ${sourceId} already.`, {
      retryAfterSeconds: 1,
      meta: { source: sourceId },
    });
}

function tooLong(sourceId: string, waitMs: number): AppError {
  return new AppError(
    "overloaded",
    `${sourceId} was busy with other queries for ${waitMs} ms; this one was not run.`,
    { retryAfterSeconds: 1, meta: { source: sourceId } },
  );
}

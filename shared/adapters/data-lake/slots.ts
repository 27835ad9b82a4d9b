/** So many statements at once: each occupies a thread of Node's pool and may take the memory of its database. */
import { AppError } from "../../kernel/app-error.ts";

export interface Slots {
  /** Waits for a free slot. @throws AppError overloaded, or the signal's reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

const WAIT_MS = 5_000;

export function createSlots(sourceId: string, count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  const give = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const once = () => {
    let held = true;
    return () => {
      if (held) give();
      held = false;
    };
  };
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (free > 0) {
        free--;
        return once();
      }
      const turn = Promise.withResolvers<void>();
      const leave = () => {
        const at = waiting.indexOf(turn.resolve);
        if (at < 0) return;
        waiting.splice(at, 1);
        turn.reject(signal.aborted ? signal.reason : busy(sourceId));
      };
      waiting.push(turn.resolve);
      const timer = setTimeout(leave, WAIT_MS);
      signal.addEventListener("abort", leave, { once: true });
      try {
        await turn.promise;
        return once();
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
      }
    },
  };
}

function busy(sourceId: string): AppError {
  return new AppError("overloaded", `Every connection to ${sourceId} is busy.`, {
    retryAfterSeconds: 1,
    meta: { source: sourceId },
  });
}

/** Gathers small writes and sends them together, off the caller's time; a failed batch is tried again with the next. */
import { errorFields, type Logger } from "../../kernel/logger.ts";

export interface WriteBehind<T> {
  add(item: T): void;
  /** Resolves when everything added so far was written or given up. */
  drain(): Promise<void>;
}

export interface WriteBehindOptions<T> {
  readonly name: string;
  readonly flush: (items: readonly T[]) => Promise<void>;
  readonly log: Logger;
  readonly delayMs?: number;
  readonly batchSize?: number;
}

/** What may wait while the store is away; beyond it the oldest are dropped, and said to be. */
const MAX_WAITING = 20_000;
const DELAY_MS = 250;
const BATCH = 500;

export function createWriteBehind<T>({
  name,
  flush,
  log,
  delayMs = DELAY_MS,
  batchSize = BATCH,
}: WriteBehindOptions<T>): WriteBehind<T> {
  let waiting: T[] = [];
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> = Promise.resolve();

  /** What waits now. What comes meanwhile waits for its own time: else, under load, each batch would hold what came during the last. */
  const send = async (): Promise<void> => {
    for (let left = waiting.length; left > 0 && waiting.length > 0; ) {
      const batch = waiting.splice(0, Math.min(left, batchSize));
      left -= batch.length;
      try {
        await flush(batch);
      } catch (error) {
        waiting = [...batch, ...waiting];
        const dropped = waiting.splice(0, Math.max(0, waiting.length - MAX_WAITING)).length;
        log.warn("a batch of records could not be written and will be tried again", {
          records: name,
          waiting: waiting.length,
          dropped,
          ...errorFields(error),
        });
        return;
      }
    }
  };
  const start = (): Promise<void> => {
    if (timer) clearTimeout(timer);
    timer = null;
    running = running.then(send);
    return running;
  };
  return {
    add: (item) => {
      waiting.push(item);
      if (waiting.length >= MAX_WAITING * 2) {
        const dropped = waiting.splice(0, MAX_WAITING).length;
        log.warn("records came faster than they could be written", { records: name, dropped });
      }
      timer ??= setTimeout(start, delayMs).unref();
    },
    drain: start,
  };
}

/** Between the cache and its shared store: nobody waits long for a store that is away, and it is used again once it answers. */
import { createDeadlines } from "../kernel/deadlines.ts";
import { errorFields, type Logger } from "../kernel/logger.ts";
import type { Stopwatch } from "./elapsed.ts";

export interface Circuit {
  /** What `work` gives; `otherwise` at once while the store is away, or when `work` fails or takes too long. Never throws. */
  run<T>(work: () => Promise<T>, otherwise: T): Promise<T>;
  state(): "closed" | "probing" | "open";
}

export interface CircuitOptions {
  /** The most that a caller waits, in milliseconds. */
  readonly patienceMs: number;
  /** While away, how long to wait between two probes. */
  readonly probeEveryMs: number;
  readonly probe: () => Promise<void>;
  readonly stopwatch: Stopwatch;
  readonly log: Logger;
  /** Told of each call that was passed over. */
  readonly onPassedOver: () => void;
}

/** A probe is not waited for by any caller; it may take this long. */
const PROBE_LIMIT_MS = 2_000;

/**
 * Closed: calls go through. After one that failed or took too long: probing, and no call goes through until a probe of
 * the circuit's own was answered. It is the probe that decides, so that one slow answer does not turn the store off,
 * nor hope alone turn it on. A probe that fails opens the circuit, with one warning; the next call after a while
 * starts another.
 */
export function createCircuit(options: CircuitOptions): Circuit {
  const { stopwatch, log } = options;
  let state: "closed" | "probing" | "open" = "closed";
  let warned = false;
  let probedAt = stopwatch.mark();
  const withinPatience = createPatience(options.patienceMs);
  const withinProbeLimit = createPatience(PROBE_LIMIT_MS);

  const probe = async (): Promise<void> => {
    state = "probing";
    probedAt = stopwatch.mark();
    try {
      await withinProbeLimit(options.probe());
      state = "closed";
      if (warned) log.info("the shared cache is back");
      warned = false;
    } catch (error) {
      state = "open";
      if (!warned)
        log.warn("the shared cache is away; queries go on without it", errorFields(error));
      warned = true;
    }
  };
  return {
    state: () => state,
    async run(work, otherwise) {
      if (state === "closed") {
        try {
          return await withinPatience(work());
        } catch {
          // Another call may have started the probe meanwhile. The probe says what is wrong, if it is.
          if (state === "closed") void probe();
        }
      } else if (state === "open" && stopwatch.since(probedAt) >= options.probeEveryMs)
        void probe();
      options.onPassedOver();
      return otherwise;
    },
  };
}

function createPatience(limitMs: number): <T>(work: Promise<T>) => Promise<T> {
  const deadlines = createDeadlines(limitMs);
  return (work) =>
    new Promise((resolve, reject) => {
      const late = () => reject(new Error(`no answer in ${limitMs} ms`));
      const deadline = deadlines.enter(late);
      work.then(
        (value) => {
          deadlines.leave(deadline);
          resolve(value);
        },
        (error: unknown) => {
          deadlines.leave(deadline);
          reject(error);
        },
      );
    });
}

/**
 * The circuit before a source: one that does not answer is left alone for a while, so that callers are told at once
 * and a source that comes back is not met by all of them. It closes by evidence: a check that was answered.
 */
import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import type { SourceCheck } from "./ports.ts";

export type CircuitState = "closed" | "open" | "half_open";
export type CircuitEvent = "answered" | "gave_up" | "waited";

/** `gave_up`: so many failures in a row, or the probe's. `waited`: the pause is over and a caller is there to probe. */
export const circuitTable: Record<CircuitState, Record<CircuitEvent, CircuitState>> = {
  closed: { answered: "closed", gave_up: "open", waited: "closed" },
  open: { answered: "closed", gave_up: "open", waited: "half_open" },
  half_open: { answered: "closed", gave_up: "open", waited: "half_open" },
};

export interface Circuit {
  /** Runs `work` unless the source is known to be away. @throws AppError source_unavailable, and what `work` throws. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** The source was heard of outside of `run`. */
  note(outcome: "answered" | "failed"): void;
  state(): CircuitState;
}

export interface CircuitOptions {
  readonly sourceId: string;
  readonly clock: Clock;
  /** Asks the source whether it is there; bounded by itself. */
  readonly probe: () => Promise<SourceCheck>;
}

const FAILURES_TO_OPEN = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

export function createCircuit({ sourceId, clock, probe }: CircuitOptions): Circuit {
  let state: CircuitState = "closed";
  let failures = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let openedAt = 0;

  const note = (outcome: "answered" | "failed") => {
    if (outcome === "answered") {
      failures = 0;
      pauseMs = FIRST_PAUSE_MS;
      state = circuitTable[state].answered;
      return;
    }
    failures++;
    if (state === "closed" && failures < FAILURES_TO_OPEN) return;
    // Calls that were under way when it opened are no new evidence.
    if (state === "open") return;
    if (state === "half_open") pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    state = circuitTable[state].gave_up;
    openedAt = clock.now();
  };
  const admit = async (): Promise<void> => {
    if (state === "closed") return;
    const leftMs = openedAt + pauseMs - clock.now();
    if (state === "half_open" || leftMs > 0) throw away(sourceId, failures, leftMs);
    state = circuitTable[state].waited;
    const { ok } = await probe().catch(() => ({ ok: false }));
    note(ok ? "answered" : "failed");
    if (!ok) throw away(sourceId, failures, pauseMs);
  };
  return {
    async run(work) {
      await admit();
      try {
        const result = await work();
        note("answered");
        return result;
      } catch (error) {
        noteFailure(error, note);
        throw error;
      }
    },
    note,
    state: () => state,
  };
}

/** A refused statement is an answer; a full queue or a caller who left says nothing of the source. */
export function noteFailure(error: unknown, note: Circuit["note"]): void {
  if (!(error instanceof AppError)) return;
  if (error.code === "source_unavailable") note("failed");
  else if (error.code === "query_failed" || error.code === "table_not_found") note("answered");
}

function away(sourceId: string, failures: number, leftMs: number): AppError {
  const seconds = Math.max(1, Math.ceil(leftMs / 1_000));
  return new AppError(
    "source_unavailable",
    `The data source ${sourceId} did not answer ${failures} times in a row; it is tried again in ${seconds} s.`,
    { retryAfterSeconds: seconds, meta: { source: sourceId } },
  );
}

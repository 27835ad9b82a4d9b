/** After a failure that the next question would meet too, the language model is left alone for a while. */
import type { Clock } from "../kernel/clock.ts";
import type { FailureReason, Said } from "./llm-dialogue.ts";

export type LlmFailure = Pick<Extract<Said, { kind: "failed" }>, "reason" | "retryAfterSeconds">;

export interface LlmPause {
  /** True while nothing is asked. */
  active(): boolean;
  /** How the last question ended; null for well. */
  note(failure: LlmFailure | null): void;
}

const PAUSE_MS = 30_000;
/** Whatever the provider asks for: somebody may have raised its limits meanwhile. */
const LONGEST_PAUSE_MS = 600_000;
/** One slow answer is bad luck; this many in a row are a service that is away. */
const TROUBLES = 3;

/** At once: no question changes these. */
const standing: ReadonlySet<FailureReason> = new Set([
  "unauthorised",
  "not_allowed",
  "rate_limited",
]);
const passing: ReadonlySet<FailureReason> = new Set([
  "unreachable",
  "timeout",
  "provider_error",
  "bad_response",
]);

export function createLlmPause(clock: Clock): LlmPause {
  let until = 0;
  let inARow = 0;
  return {
    active: () => clock.now() < until,
    note: (failure) => {
      if (failure === null || !(standing.has(failure.reason) || passing.has(failure.reason))) {
        inARow = 0;
        return;
      }
      inARow += 1;
      const asked = failure.retryAfterSeconds;
      if (asked !== null) until = clock.now() + Math.min(asked * 1_000, LONGEST_PAUSE_MS);
      else if (standing.has(failure.reason) || inARow >= TROUBLES) until = clock.now() + PAUSE_MS;
    },
  };
}

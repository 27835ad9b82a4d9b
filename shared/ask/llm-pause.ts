/** After a failure that the next question would meet too, the language model is left alone for a while. */
import type { Clock } from "../kernel/clock.ts";
import type { FailureReason } from "./llm-dialogue.ts";

export interface LlmPause {
  /** True while nothing is asked. */
  active(): boolean;
  note(reason: FailureReason | null): void;
}

const PAUSE_MS = 30_000;
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
    note: (reason) => {
      if (reason === null || !(standing.has(reason) || passing.has(reason))) {
        inARow = 0;
        return;
      }
      inARow += 1;
      if (standing.has(reason) || inARow >= TROUBLES) until = clock.now() + PAUSE_MS;
    },
  };
}

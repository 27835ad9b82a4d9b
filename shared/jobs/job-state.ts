/** The life of a query job as a total table; null where an event does not apply. */
export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled" | "expired";

/**
 * `claimed`: an instance runs it, also anew after another was lost. `released`: it goes back to the queue. `expired`: its
 * rows are removed, by its owner or by time.
 */
export type JobEvent = "claimed" | "released" | "succeeded" | "failed" | "cancelled" | "expired";

const none = { claimed: null, released: null, succeeded: null, failed: null, cancelled: null };
const finished = { ...none, expired: "expired" } as const;

const transitions: Readonly<Record<JobState, Readonly<Record<JobEvent, JobState | null>>>> = {
  queued: {
    claimed: "running",
    released: "queued",
    succeeded: null,
    failed: "failed",
    cancelled: "cancelled",
    expired: null,
  },
  running: {
    claimed: "running",
    released: "queued",
    succeeded: "succeeded",
    failed: "failed",
    cancelled: "cancelled",
    expired: null,
  },
  succeeded: finished,
  failed: finished,
  cancelled: finished,
  expired: { ...none, expired: null },
};

export function nextJobState(state: JobState, event: JobEvent): JobState | null {
  return transitions[state][event];
}

export function isActive(state: JobState): boolean {
  return state === "queued" || state === "running";
}

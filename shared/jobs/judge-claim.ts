/** Whether an instance may run a job now: pure, shared by every store. */
import { isActive } from "./job-state.ts";
import type { ClaimResult, Job, JobFailure } from "./ports.ts";

/** A job that ends the instance it runs on must not end them all. */
export const MAX_ATTEMPTS = 3;

export const jobLost: JobFailure = {
  code: "job_lost",
  detail: `The job was begun ${MAX_ATTEMPTS} times, and each time whoever ran it went away before it was done.`,
};

export type ClaimVerdict =
  | { readonly kind: "take"; readonly attempt: number }
  | { readonly kind: "give_up" }
  | Exclude<ClaimResult, { kind: "claimed" }>;

export function judgeClaim(
  job: Pick<Job, "state" | "attempts" | "leasedUntil"> | null,
  now: number,
): ClaimVerdict {
  if (job === null) return { kind: "missing" };
  if (!isActive(job.state)) return { kind: "finished", state: job.state };
  if (job.state === "running" && (job.leasedUntil ?? 0) > now) return { kind: "held" };
  if (job.attempts >= MAX_ATTEMPTS) return { kind: "give_up" };
  return { kind: "take", attempt: job.attempts + 1 };
}

/** Ends a job: what waits never runs, what runs is stopped in its source, and what is finished loses its rows. */
import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import { filesOf } from "./file-names.ts";
import { findJob } from "./find-job.ts";
import { isActive } from "./job-state.ts";
import type { Job, JobResults, JobStore, JobUpkeep } from "./ports.ts";

export interface CancelJobDeps {
  readonly jobs: Pick<JobStore, "get" | "cancel"> & Pick<JobUpkeep, "expireNow" | "markEmptied">;
  readonly jobResults: Pick<JobResults, "remove">;
  readonly clock: Clock;
  readonly jobTiming: { readonly keptMs: number };
}

/**
 * Whoever runs the job learns of it at the next beat of his lease and cancels the statement on the server. Safe to
 * repeat. @throws AppError job_not_found.
 */
export async function cancelJob(
  deps: CancelJobDeps,
  jobId: string,
  ctx: CallContext,
): Promise<Job> {
  const seen = await findJob(deps, jobId, ctx);
  const now = deps.clock.now();
  const job = isActive(seen.state)
    ? await deps.jobs.cancel(jobId, now, now + deps.jobTiming.keptMs)
    : seen;
  if (job === null) throw new AppError("job_not_found", `There is no job ${jobId}.`);
  // It was cancelled just now, or somebody else did so; one that ended before has rows to be removed.
  if (job.state === "cancelled" || job.state === "expired") return job;
  await deps.jobs.expireNow(jobId, now);
  try {
    await deps.jobResults.remove(filesOf(jobId), null, ctx.signal);
    await deps.jobs.markEmptied(jobId);
  } catch (error) {
    // Nobody can read them any more, and the sweep removes them.
    ctx.log.warn("files of a job not removed yet", { jobId, ...errorFields(error) });
  }
  return findJob(deps, jobId, ctx);
}

/** Takes a statement as a job: planned and guarded now, so that what is refused is refused at once; run later. */
import type { QueryJobRequest } from "../contract/jobs.ts";
import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { newId } from "../kernel/ids.ts";
import { errorFields } from "../kernel/logger.ts";
import type { Job, JobQueries, JobQueue, JobStore } from "./ports.ts";

export interface SubmitJobDeps {
  readonly jobs: Pick<JobStore, "insert" | "get" | "countActive">;
  readonly jobQueue: JobQueue;
  readonly jobQueries: Pick<JobQueries, "plan">;
  readonly clock: Clock;
}

/** What one principal may have queued or running. */
const MAX_ACTIVE = 20;
/** A message that was not taken in this time is sent again by the sweep. */
export const TAKEN_WITHIN_MS = 120_000;

/** @throws AppError as the query path does; rate_limited where the caller has too many jobs already. */
export async function submitJob(
  deps: SubmitJobDeps,
  request: QueryJobRequest,
  ctx: CallContext,
): Promise<Job> {
  const { sourceId, sql } = await deps.jobQueries.plan(request, ctx);
  const principalId = ctx.principal.id;
  if ((await deps.jobs.countActive(principalId)) >= MAX_ACTIVE)
    throw new AppError(
      "rate_limited",
      `You have ${MAX_ACTIVE} jobs queued or running: wait for one to end, or cancel one.`,
      { retryAfterSeconds: 10 },
    );
  const jobId = newId("job", ctx.now);
  await deps.jobs.insert(
    { jobId, principalId, sourceId, request, sql, createdAt: ctx.now },
    deps.clock.now() + TAKEN_WITHIN_MS,
  );
  try {
    await deps.jobQueue.enqueue(jobId, 0, ctx.signal);
  } catch (error) {
    // It is written down: the caller has his job, and the sweep sends the message.
    ctx.log.warn("job not enqueued; the sweep will do it", { jobId, ...errorFields(error) });
  }
  const job = await deps.jobs.get(jobId);
  if (job === null) throw new AppError("internal", "The job could not be kept.");
  return job;
}

/** What nobody else does: takes jobs from instances that died, sends lost messages again, and removes what is past its time. */
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import { filesOf } from "./file-names.ts";
import type { JobQueue, JobResults, JobUpkeep } from "./ports.ts";
import { TAKEN_WITHIN_MS } from "./submit-job.ts";

export interface SweepJobsDeps {
  readonly jobs: JobUpkeep;
  readonly jobQueue: JobQueue;
  readonly jobResults: Pick<JobResults, "remove">;
  readonly clock: Clock;
  readonly jobTiming: { readonly keptMs: number };
}

/** One sweep's share; the next takes the rest. */
const BATCH = 100;
/** How long the record of a job outlives its rows. */
const REMEMBERED_MS = 30 * 86_400_000;

export interface Swept {
  readonly lost: number;
  readonly enqueued: number;
  readonly expired: number;
}

/** Safe to run anywhere, at any time, twice. Each step leaves a state that the next sweep goes on from. */
export async function sweepJobs(deps: SweepJobsDeps, ctx: CallContext): Promise<Swept> {
  const { jobs, jobTiming } = deps;
  const now = deps.clock.now();
  const lost = await jobs.reviveLost(now, now + jobTiming.keptMs, BATCH);
  const enqueued = await enqueueStranded(deps, now, ctx);
  const expired = await emptyExpired(deps, now, ctx);
  await jobs.forget(now - REMEMBERED_MS);
  if (lost + enqueued > 0) ctx.log.warn("jobs taken up again", { lost, enqueued });
  return { lost, enqueued, expired };
}

async function enqueueStranded(
  { jobs, jobQueue }: SweepJobsDeps,
  now: number,
  ctx: CallContext,
): Promise<number> {
  const stranded = await jobs.stranded(now, BATCH);
  for (const jobId of stranded) {
    await jobQueue.enqueue(jobId, 0, ctx.signal);
    // After the message: a sweep that dies between the two sends it twice, and the claim lets one through.
    await jobs.markEnqueued([jobId], now + TAKEN_WITHIN_MS);
  }
  return stranded.length;
}

async function emptyExpired(
  { jobs, jobResults }: SweepJobsDeps,
  now: number,
  ctx: CallContext,
): Promise<number> {
  const expired = await jobs.expire(now, BATCH);
  for (const jobId of expired) {
    try {
      await jobResults.remove(filesOf(jobId), null, ctx.signal);
      await jobs.markEmptied(jobId);
    } catch (error) {
      ctx.log.warn("files of a job not removed yet", { jobId, ...errorFields(error) });
    }
  }
  return expired.length;
}

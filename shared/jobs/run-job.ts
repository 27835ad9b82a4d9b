/** One message of the job queue: take the job, run its statement, keep the rows, say how it ended. */
import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import type { CallContext, Principal } from "../kernel/context.ts";
import { errorCatalogue } from "../kernel/error-catalogue.ts";
import { errorFields } from "../kernel/logger.ts";
import { filesOf, filesOfAttempt } from "./file-names.ts";
import { MAX_ATTEMPTS } from "./judge-claim.ts";
import { type JobTiming, keepLease } from "./keep-lease.ts";
import type {
  CurrentPrincipals,
  Job,
  JobClaims,
  JobEnding,
  JobFailure,
  JobProgress,
  JobQueries,
  JobResults,
} from "./ports.ts";
import type { RunSlots } from "./run-slots.ts";
import { type WriteResultDeps, writeResult } from "./write-result.ts";

export interface RunJobDeps extends WriteResultDeps {
  readonly jobs: JobClaims;
  readonly jobQueries: Pick<JobQueries, "open">;
  readonly jobResults: Pick<JobResults, "create" | "remove">;
  readonly principals: CurrentPrincipals;
  readonly jobSlots: RunSlots;
  readonly jobTiming: JobTiming;
  readonly maxJobBytes: number;
  readonly clock: Clock;
}

export type RunOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly afterSeconds: number }
  | { readonly kind: "dead"; readonly reason: string };

/** Until a slot may be free again. */
const BUSY_SECONDS = 5;
/** After a failure that may pass; grows with the attempts. */
const RETRY_SECONDS = 15;
/** How long the source may take to act on the time limit before the job stops waiting for it. */
const GRACE_MS = 10_000;

/**
 * The claim decides who runs a job, not the queue: a message that comes twice finds the job held or finished. A death at
 * any line leaves the lease to run out, and the sweep puts the job back.
 * @throws what the store throws, for the queue to deliver the message again.
 */
export async function runJob(
  deps: RunJobDeps,
  message: { readonly job_id: string },
  ctx: CallContext,
): Promise<RunOutcome> {
  const giveBack = deps.jobSlots.take();
  if (giveBack === null) return { kind: "retry", afterSeconds: BUSY_SECONDS };
  try {
    const { jobs, clock, jobTiming } = deps;
    const claimed = await jobs.claim(message.job_id, clock.now(), jobTiming);
    if (claimed.kind === "missing") return { kind: "dead", reason: "no such job" };
    if (claimed.kind !== "claimed") return { kind: "done" };
    return await runAttempt(deps, claimed.job, ctx);
  } finally {
    giveBack();
  }
}

async function runAttempt(deps: RunJobDeps, job: Job, ctx: CallContext): Promise<RunOutcome> {
  let progress: JobProgress = { rows: 0, bytes: 0 };
  const lease = keepLease(deps, job, {
    progress: () => progress,
    stillAllowed: () => refuseVerdicts(ownerOf(deps, job)),
    log: ctx.log,
  });
  const timeout = AbortSignal.timeout(job.request.timeout_ms + GRACE_MS);
  const signal = AbortSignal.any([ctx.signal, lease.lost, lease.refused, timeout]);
  try {
    const note = (now: JobProgress) => {
      progress = now;
    };
    const ending = await produce(deps, job, note, { ...ctx, signal });
    return await settle(deps, job, ending, ctx);
  } catch (error) {
    if (lease.lost.aborted) return await abandon(deps, job, ctx);
    const cause = lease.refused.aborted
      ? lease.refused.reason
      : timeout.aborted
        ? tookTooLong(job)
        : error;
    return await settle(deps, job, endingOf(deps, job, cause, ctx), ctx);
  } finally {
    await lease.end();
  }
}

/** Runs the statement as whoever submitted it, with the rights that he has now. */
async function produce(
  deps: RunJobDeps,
  job: Job,
  note: (now: JobProgress) => void,
  ctx: CallContext,
): Promise<JobEnding> {
  const { request } = job;
  const budget = {
    maxRows: request.max_rows,
    maxBytes: deps.maxJobBytes,
    timeoutMs: request.timeout_ms,
  };
  // "Today" is the day on which the question was asked.
  const asOwner = { ...ctx, principal: await ownerOf(deps, job), now: job.createdAt };
  const opened = await deps.jobQueries.open(request, budget, asOwner);
  try {
    const result = await writeResult(deps, job, opened, note, ctx.signal);
    opened.noteEnd({ rows: result.rows });
    return { event: "succeeded", result, bytes: result.pages.bytes };
  } catch (error) {
    opened.noteEnd({ error });
    throw error;
  } finally {
    await opened.stream.close();
  }
}

/** A store that is away for a moment is no verdict on anybody's rights. */
async function refuseVerdicts(reading: Promise<Principal>): Promise<void> {
  await reading.catch((error: unknown) => {
    if (error instanceof AppError && error.status < 500) throw error;
  });
}

async function ownerOf(deps: RunJobDeps, job: Job): Promise<Principal> {
  const principal = await deps.principals.current(job.principalId, deps.clock.now());
  const { permissions, sources } = principal;
  if (!permissions.has("query:run") && !permissions.has("admin"))
    throw new AppError("forbidden", "Whoever submitted the job may not run queries any more.");
  if (sources !== "all" && !sources.has(job.sourceId))
    throw new AppError("source_not_found", `There is no data source ${job.sourceId}.`);
  return principal;
}

/** The state is what decides: files of an attempt that lost are nobody's. */
async function settle(
  deps: RunJobDeps,
  job: Job,
  ending: JobEnding,
  ctx: CallContext,
): Promise<RunOutcome> {
  const now = deps.clock.now();
  const times = { at: now, expiresAt: now + deps.jobTiming.keptMs };
  if (!(await deps.jobs.settle(job.jobId, job.attempts, ending, times)))
    return abandon(deps, job, ctx);
  const own = filesOfAttempt(job.jobId, job.attempts);
  if (ending.event === "released") {
    // Only these: the next attempt may be writing already.
    await removeFiles(deps, job, own, null, ctx);
    return { kind: "retry", afterSeconds: RETRY_SECONDS * job.attempts };
  }
  const kept = ending.event === "succeeded" ? own : null;
  await removeFiles(deps, job, filesOf(job.jobId), kept, ctx);
  return { kind: "done" };
}

async function abandon(deps: RunJobDeps, job: Job, ctx: CallContext): Promise<RunOutcome> {
  await removeFiles(deps, job, filesOfAttempt(job.jobId, job.attempts), null, ctx);
  return { kind: "done" };
}

/** What stays here is removed when the job expires. */
async function removeFiles(
  deps: RunJobDeps,
  { jobId }: Job,
  prefix: string,
  except: string | null,
  ctx: CallContext,
): Promise<void> {
  try {
    await deps.jobResults.remove(prefix, except, ctx.signal);
  } catch (error) {
    ctx.log.warn("files of a job not removed yet", { jobId, ...errorFields(error) });
  }
}

function endingOf(deps: RunJobDeps, job: Job, error: unknown, ctx: CallContext): JobEnding {
  const failure = failureOf(error);
  const mayPass = !(error instanceof AppError) || errorCatalogue[failure.code].retryable;
  if (failure.code === "internal")
    ctx.log.error("a job failed unexpectedly", { jobId: job.jobId, ...errorFields(error) });
  if (mayPass && job.attempts < MAX_ATTEMPTS)
    return {
      event: "released",
      // The message comes first; this is for when it is lost.
      dueAt: deps.clock.now() + RETRY_SECONDS * job.attempts * 1_000 + deps.jobTiming.leaseMs,
    };
  return { event: "failed", failure };
}

function failureOf(error: unknown): JobFailure {
  return error instanceof AppError
    ? { code: error.code, detail: error.detail }
    : { code: "internal", detail: "The job could not be completed." };
}

function tookTooLong({ request }: Job): AppError {
  return new AppError(
    "query_timeout",
    `The job took longer than its timeout_ms of ${request.timeout_ms} and was ended.`,
  );
}

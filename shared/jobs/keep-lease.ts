/** Holds on to a job while it runs: renews the lease, reports progress, and says when to stop. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../kernel/clock.ts";
import { errorFields, type Logger } from "../kernel/logger.ts";
import type { Job, JobClaims, JobProgress } from "./ports.ts";

export interface JobTiming {
  /** How long after its last beat an instance is taken for dead. */
  readonly leaseMs: number;
  readonly beatMs: number;
  /** How long rows are kept. */
  readonly keptMs: number;
}

export interface LeaseDeps {
  readonly jobs: Pick<JobClaims, "renew">;
  readonly clock: Clock;
  readonly jobTiming: JobTiming;
}

export interface Lease {
  /** Aborted when the job is somebody else's, or nobody's: nothing more may be written in its name. */
  readonly lost: AbortSignal;
  /** Aborted, with the error, when `stillAllowed` refused to go on. */
  readonly refused: AbortSignal;
  end(): Promise<void>;
}

export function keepLease(
  deps: LeaseDeps,
  job: Pick<Job, "jobId" | "attempts">,
  work: { progress(): JobProgress; stillAllowed(): Promise<void>; log: Logger },
): Lease {
  const lost = new AbortController();
  const refused = new AbortController();
  const ended = new AbortController();
  const beats = (async () => {
    let leasedUntil = deps.clock.now() + deps.jobTiming.leaseMs;
    while (!lost.signal.aborted && (await pause(deps.jobTiming.beatMs, ended.signal))) {
      try {
        const until = deps.clock.now() + deps.jobTiming.leaseMs;
        if (!(await deps.jobs.renew(job.jobId, job.attempts, work.progress(), until))) lost.abort();
        else leasedUntil = until;
        await work.stillAllowed().catch((error: unknown) => refused.abort(error));
      } catch (error) {
        work.log.warn("a job's lease was not renewed", { jobId: job.jobId, ...errorFields(error) });
        // A database that is away may come back; after this time another instance may have the job.
        if (deps.clock.now() >= leasedUntil) lost.abort();
      }
    }
  })();
  return {
    lost: lost.signal,
    refused: refused.signal,
    end: async () => {
      ended.abort();
      await beats;
    },
  };
}

/** False when it was ended. */
async function pause(ms: number, ended: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: ended, ref: false });
    return true;
  } catch {
    return false;
  }
}

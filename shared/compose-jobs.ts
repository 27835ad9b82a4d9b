/** Query jobs from end to end: the queue between, the files they write, and the query path that they run on. */
import { currentPrincipal } from "./access/current-principal.ts";
import type { KeyStore } from "./access/ports.ts";
import { createJobResults } from "./adapters/blob/job-results.ts";
import { openParquetFile } from "./adapters/parquet/parquet-file.ts";
import type { Config } from "./config.ts";
import { JOB_QUEUE } from "./contract/jobs.ts";
import type { QueueSender } from "./http/serve-queue.ts";
import type { JobTiming } from "./jobs/keep-lease.ts";
import type { CurrentPrincipals, JobQueries, JobQueue } from "./jobs/ports.ts";
import { createRunSlots } from "./jobs/run-slots.ts";
import { openQuery, planQuery } from "./query/open-query.ts";

export interface JobsOptions {
  readonly config: Config;
  readonly keys: Pick<KeyStore, "byId">;
  readonly queueSender: QueueSender;
  readonly query: Parameters<typeof openQuery>[0];
}

/** Ten beats may be missed before another instance may have the job; a cancelled statement is stopped within one. */
const TIMING: JobTiming = { leaseMs: 30_000, beatMs: 3_000, keptMs: 86_400_000 };
/** A source's pool has four connections: the other two are for answers. */
const RUNS_AT_ONCE = 2;
const MAX_JOB_BYTES = 8 * 1_024 ** 3;

export function composeJobs({ config, keys, queueSender, query }: JobsOptions) {
  const jobQueue: JobQueue = {
    enqueue: (jobId, afterSeconds, signal) =>
      queueSender.send(JOB_QUEUE, JSON.stringify({ job_id: jobId }), afterSeconds, signal),
  };
  const jobQueries: JobQueries = {
    plan: (request, ctx) => planQuery(query, request, ctx),
    open: (request, budget, ctx) => openQuery(query, request, budget, ctx),
  };
  const principals: CurrentPrincipals = {
    current: (principalId, now) => currentPrincipal({ keys }, principalId, now),
  };
  return {
    jobQueue,
    jobQueries,
    jobResults: createJobResults(config),
    openParquet: openParquetFile,
    principals,
    jobSlots: createRunSlots(RUNS_AT_ONCE),
    jobTiming: TIMING,
    maxJobBytes: MAX_JOB_BYTES,
  };
}

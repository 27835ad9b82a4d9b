/** Query jobs: submit, look, fetch rows or a file, cancel; the queue that runs them and the timer that looks after them. */

import { recordDeadLetter } from "../shared/alerts/record-dead-letter.ts";
import { PoisonMessage } from "../shared/contract/alerts.ts";
import { page } from "../shared/contract/common.ts";
import {
  JOB_QUEUE,
  JobListQuery,
  JobMessage,
  JobPath,
  JobRows,
  JobRowsQuery,
  QueryJob,
  QueryJobRequest,
} from "../shared/contract/jobs.ts";
import { poisonQueue } from "../shared/http/serve-queue.ts";
import { cancelJob } from "../shared/jobs/cancel-job.ts";
import { findJob, listJobs } from "../shared/jobs/find-job.ts";
import { openResult, readRows } from "../shared/jobs/read-result.ts";
import { runJob } from "../shared/jobs/run-job.ts";
import { submitJob } from "../shared/jobs/submit-job.ts";
import { sweepJobs } from "../shared/jobs/sweep-jobs.ts";
import { defineHttp, defineQueue, defineTimer } from "./define.ts";
import { toPoisonLetter } from "./views/alerts.ts";
import { toJob } from "./views/jobs.ts";
import { toPage } from "./views/page.ts";

const tag = "Query";
const run = { permission: "query:run" } as const;

export const submitQueryJob = defineHttp({
  name: "submit-query-job",
  method: "POST",
  route: "query/jobs",
  tag,
  access: run,
  idempotency: "replay",
  summary: "Run a statement that may take longer than an answer can wait, and keep its rows",
  input: { body: QueryJobRequest },
  output: QueryJob,
  handle: async (deps, { body }, ctx) => {
    const job = await submitJob(deps, body, ctx);
    const headers = { location: `/api/query/jobs/${job.jobId}` };
    return { status: 202, headers, body: toJob(job) };
  },
});

export const listQueryJobs = defineHttp({
  name: "list-query-jobs",
  method: "GET",
  route: "query/jobs",
  tag,
  access: run,
  idempotency: "none",
  summary: "Your jobs, newest first; an admin sees everybody's",
  input: { query: JobListQuery },
  output: page(QueryJob),
  handle: async (deps, { query }, ctx) => ({
    body: toPage(await listJobs(deps, query, ctx), query.limit, (job) => job.jobId, toJob),
  }),
});

export const getQueryJob = defineHttp({
  name: "get-query-job",
  method: "GET",
  route: "query/jobs/{id}",
  tag,
  access: run,
  idempotency: "none",
  summary: "How far a job is, how it ended, and why",
  input: { path: JobPath },
  output: QueryJob,
  handle: async (deps, { path }, ctx) => ({ body: toJob(await findJob(deps, path.id, ctx)) }),
});

export const queryJobRows = defineHttp({
  name: "query-job-rows",
  method: "GET",
  route: "query/jobs/{id}/rows",
  tag,
  access: run,
  idempotency: "none",
  summary: "The rows of a finished job, in pages",
  input: { path: JobPath, query: JobRowsQuery },
  output: JobRows,
  handle: async (deps, { path, query }, ctx) => {
    const { columns, rows, nextCursor } = await readRows(deps, { jobId: path.id, ...query }, ctx);
    const head = JSON.stringify({ columns }).slice(0, -1);
    return {
      body: `${head},"items":[${rows.join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`,
    };
  },
});

export const queryJobResult = defineHttp({
  name: "query-job-result",
  method: "GET",
  route: "query/jobs/{id}/result",
  tag,
  access: run,
  idempotency: "none",
  summary: "The rows of a finished job as one file: NDJSON, CSV (RFC 4180) or Parquet",
  input: { path: JobPath },
  output: null,
  handle: async (deps, { path }, ctx) => {
    const file = await openResult(deps, path.id, ctx);
    return {
      headers: {
        "content-type": file.contentType,
        "content-disposition": `attachment; filename="${file.fileName}"`,
      },
      body: { bytes: file.body, length: file.bytes },
    };
  },
});

export const cancelQueryJob = defineHttp({
  name: "cancel-query-job",
  method: "DELETE",
  route: "query/jobs/{id}",
  tag,
  access: run,
  idempotency: "none",
  summary: "Cancel a job, in its source too; of a finished one, remove the rows",
  input: { path: JobPath },
  output: QueryJob,
  handle: async (deps, { path }, ctx) => ({ body: toJob(await cancelJob(deps, path.id, ctx)) }),
});

export const queryJobs = defineQueue({
  name: "query-jobs",
  queue: JOB_QUEUE,
  message: JobMessage,
  summary: "Runs one job under a lease and keeps its rows",
  handle: (deps, message, _meta, ctx) => runJob(deps, message, ctx),
});

export const queryJobsPoison = defineQueue({
  name: "query-jobs-poison",
  queue: poisonQueue(JOB_QUEUE),
  message: PoisonMessage,
  summary:
    "Records a job message that nothing could handle; the sweep sends a job that waits again",
  handle: async (deps, message, meta, ctx) => {
    await recordDeadLetter(deps, toPoisonLetter(JOB_QUEUE, message, meta), ctx);
    return { kind: "done" };
  },
});

export const queryJobSweep = defineTimer({
  name: "query-job-sweep",
  schedule: "15 * * * * *",
  runOnStartup: true,
  summary: "Takes up jobs whose instance died, and removes rows past their time",
  handle: async (deps, ctx) => {
    await sweepJobs(deps, ctx);
  },
});

/** Query jobs in the contract's shapes. */
import type { z } from "zod";
import type { QueryJob } from "../../shared/contract/jobs.ts";
import type { Job } from "../../shared/jobs/ports.ts";
import { isoTime, isoTimeOrNull } from "./page.ts";

export const toJob = (job: Job): z.input<typeof QueryJob> => ({
  job_id: job.jobId,
  status: job.state,
  source: job.sourceId,
  question: job.request.question ?? null,
  sql: job.sql,
  output: job.request.output,
  max_rows: job.request.max_rows,
  timeout_ms: job.request.timeout_ms,
  attempts: job.attempts,
  rows: job.progress.rows,
  bytes: job.progress.bytes,
  truncated: job.result?.truncated ?? null,
  columns: job.result === null ? null : [...job.result.columns],
  result:
    job.result === null
      ? null
      : { content_type: job.result.output.contentType, bytes: job.result.output.bytes },
  error: job.failure,
  created_at: isoTime(job.createdAt),
  started_at: isoTimeOrNull(job.startedAt),
  finished_at: isoTimeOrNull(job.finishedAt),
  expires_at: isoTimeOrNull(job.expiresAt),
});

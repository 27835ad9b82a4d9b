/** Rows of query_jobs as jobs. */
import type { Selectable } from "kysely";
import type { QueryJobRequest } from "../../contract/jobs.ts";
import type { Job } from "../../jobs/ports.ts";
import type { QueryJobRow } from "./jobs-tables.ts";

export function jobOf(row: Selectable<QueryJobRow>): Job {
  const time = (date: Date | null) => date?.getTime() ?? null;
  return {
    jobId: row.job_id,
    principalId: row.principal,
    sourceId: row.source_id,
    request: JSON.parse(row.request) as QueryJobRequest,
    sql: JSON.parse(row.sql) as string,
    state: row.state,
    attempts: row.attempts,
    leasedUntil: time(row.leased_until),
    dueAt: row.due_at.getTime(),
    progress: { rows: Number(row.rows), bytes: Number(row.bytes) },
    result: row.result,
    failure: row.failure,
    createdAt: row.created_at.getTime(),
    startedAt: time(row.started_at),
    finishedAt: time(row.finished_at),
    expiresAt: time(row.expires_at),
  };
}

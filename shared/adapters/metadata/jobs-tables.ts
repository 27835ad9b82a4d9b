/** The table of query jobs, as Kysely sees it. */
import type { ColumnType } from "kysely";
import type { JobState } from "../../jobs/job-state.ts";
import type { JobFailure, JobResult } from "../../jobs/ports.ts";

type Time = ColumnType<Date, Date, Date>;
type NullableTime = ColumnType<Date | null, Date | null | undefined, Date | null>;
/** node-postgres reads bigint as text, PGlite as a number. */
type Size = ColumnType<string | number, number | undefined, number>;
type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>;

export interface QueryJobRow {
  job_id: string;
  principal: string;
  source_id: string;
  /** JSON as text: a statement may hold characters that jsonb cannot. */
  request: string;
  /** A JSON string, for the same reason. */
  sql: string;
  state: JobState;
  attempts: ColumnType<number, number | undefined, number>;
  leased_until: NullableTime;
  due_at: Time;
  rows: Size;
  bytes: Size;
  result: JsonOrNull<JobResult>;
  failure: JsonOrNull<JobFailure>;
  created_at: Time;
  started_at: NullableTime;
  finished_at: NullableTime;
  expires_at: NullableTime;
  /** Whether the files of an expired job are gone. */
  emptied: ColumnType<boolean, boolean | undefined, boolean>;
}

export interface JobTables {
  query_jobs: QueryJobRow;
}

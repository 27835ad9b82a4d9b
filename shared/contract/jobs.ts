/** Query jobs: statements that may run longer than an answer can wait, and whose rows are kept for a while. */
import * as z from "zod";
import { IsoTime, MAX_PAGE, Token } from "./common.ts";
import { ASKS_ONCE, asksOnce, PARAMS_FIT, paramsFit, statementFields } from "./query.ts";

/** The queue that carries jobs to whoever runs them. */
export const JOB_QUEUE = "query-jobs";
/** A job's id as `newId` makes it. */
const JobId = z.string().regex(/^job_[0-9a-z]{1,60}$/, "job_id is not the id of a job");
export const JobMessage = z.strictObject({ job_id: JobId });

export const MAX_JOB_ROWS = 10_000_000;
export const DEFAULT_JOB_ROWS = 1_000_000;
export const MAX_JOB_TIMEOUT_MS = 3_600_000;
export const DEFAULT_JOB_TIMEOUT_MS = 600_000;
export const MAX_JOB_PAGE = 10_000;

export const OutputFormat = z.enum(["ndjson", "csv", "parquet"]).meta({
  description:
    "The file of GET …/result. CSV is RFC 4180 with the values as they are: a spreadsheet may take a text that begins with =, +, - or @ for a formula, so import such columns as text",
});

export const QueryJobRequest = z
  .strictObject({
    ...statementFields,
    max_rows: z.int().min(1).max(MAX_JOB_ROWS).default(DEFAULT_JOB_ROWS),
    timeout_ms: z.int().min(1).max(MAX_JOB_TIMEOUT_MS).default(DEFAULT_JOB_TIMEOUT_MS),
    format: z
      .enum(["objects", "arrays"])
      .default("objects")
      .meta({ description: "The form of a row, in pages and in NDJSON" }),
    explain: z
      .boolean()
      .default(false)
      .meta({ description: "Taken as POST /query takes it; a job always says what it ran" }),
    output: z.strictObject({ format: OutputFormat }).default({ format: "ndjson" }),
  })
  .refine(asksOnce, ASKS_ONCE)
  .refine(paramsFit, PARAMS_FIT);
export type QueryJobRequest = z.output<typeof QueryJobRequest>;

export const JobStatus = z.enum([
  "queued",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "expired",
]);

export const QueryJob = z.object({
  job_id: z.string(),
  status: JobStatus,
  source: z.string(),
  question: z.string().nullable(),
  sql: z.string(),
  output: z.object({ format: OutputFormat }),
  max_rows: z.int(),
  timeout_ms: z.int(),
  attempts: z.int().meta({ description: "How often an instance began to run it" }),
  rows: z.int().meta({ description: "Written so far, or in all" }),
  bytes: z.int().meta({ description: "Of those rows, as NDJSON" }),
  truncated: z
    .boolean()
    .nullable()
    .meta({ description: "Whether the source had more; null until it has succeeded" }),
  columns: z.array(z.object({ name: z.string(), type: z.string() })).nullable(),
  result: z
    .object({ content_type: z.string(), bytes: z.int() })
    .nullable()
    .meta({ description: "The file of GET …/result, once there is one" }),
  error: z
    .object({ code: z.string(), detail: z.string() })
    .nullable()
    .meta({ description: "Why it failed: a problem's code and detail" }),
  created_at: IsoTime,
  started_at: IsoTime.nullable(),
  finished_at: IsoTime.nullable(),
  expires_at: IsoTime.nullable().meta({ description: "When its rows are removed" }),
});

export const JobPath = z.strictObject({ id: Token });
export const JobListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: Token.optional(),
});
export const JobRowsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_JOB_PAGE).default(1_000),
  cursor: Token.optional(),
});
export const JobRows = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  items: z.array(z.union([z.record(z.string(), z.json()), z.array(z.json())])),
  nextCursor: z.string().nullable(),
});

/** Query jobs: where they are written down, who runs them, and where their rows lie. */
import type { QueryJobRequest } from "../contract/jobs.ts";
import type { CallContext, Principal } from "../kernel/context.ts";
import type { ErrorCode } from "../kernel/error-catalogue.ts";
import type { ExecutionBudget, JsonRow, ResultColumn, ResultStream } from "../sources/ports.ts";
import type { JobState } from "./job-state.ts";

export type OutputFormat = QueryJobRequest["output"]["format"];

/** Times are milliseconds since the Unix epoch. */
export interface NewJob {
  readonly jobId: string;
  readonly principalId: string;
  readonly sourceId: string;
  /** As it was sent: it is planned again, with the rights of the day, when it runs. */
  readonly request: QueryJobRequest;
  /** What the request meant when it was submitted. */
  readonly sql: string;
  readonly createdAt: number;
}

export interface JobFile {
  /** Below the exports' container; holds the job and the attempt that wrote it, so that two attempts never mix. */
  readonly name: string;
  readonly bytes: number;
}

export interface JobResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: number;
  readonly truncated: boolean;
  /** NDJSON, one row a line: what pages are cut from. */
  readonly pages: JobFile;
  /** In the format that was asked for; the same file where that is NDJSON. */
  readonly output: JobFile & { readonly contentType: string };
}

export interface JobFailure {
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface Job extends NewJob {
  readonly state: JobState;
  /** How often an instance took it; the latest number is the fence. */
  readonly attempts: number;
  readonly leasedUntil: number | null;
  /** When the sweep may take it for forgotten. */
  readonly dueAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly expiresAt: number | null;
  readonly progress: JobProgress;
  readonly result: JobResult | null;
  readonly failure: JobFailure | null;
}

export interface JobProgress {
  readonly rows: number;
  /** As NDJSON. */
  readonly bytes: number;
}

export interface JobStore {
  insert(job: NewJob, dueAt: number): Promise<void>;
  get(jobId: string): Promise<Job | null>;
  /** Newest first, older than `beforeId`. `principalId` null shows everybody's, `sources` null those of every source. */
  list(filter: {
    principalId: string | null;
    sources: readonly string[] | null;
    limit: number;
    beforeId: string | null;
  }): Promise<readonly Job[]>;
  countActive(principalId: string): Promise<number>;
  /** Applies `cancelled` where it applies. @returns the job as it is then; null where there is none. */
  cancel(jobId: string, at: number, expiresAt: number): Promise<Job | null>;
}

export type ClaimResult =
  | { readonly kind: "claimed"; readonly job: Job }
  /** Another instance runs it, and its lease is good. */
  | { readonly kind: "held" }
  /** Lost so often that it was made to fail just now, or ended before. */
  | { readonly kind: "finished"; readonly state: JobState }
  | { readonly kind: "missing" };

/** How an attempt ended. */
export type JobEnding =
  | { readonly event: "succeeded"; readonly result: JobResult; readonly bytes: number }
  | { readonly event: "failed"; readonly failure: JobFailure }
  /** To be tried again from this time on. */
  | { readonly event: "released"; readonly dueAt: number };

/** The right to run a job: one instance at a time, by a lease, fenced by the number of the attempt. */
export interface JobClaims {
  claim(
    jobId: string,
    now: number,
    spans: { leaseMs: number; keptMs: number },
  ): Promise<ClaimResult>;
  /** False where the attempt has lost the job: cancelled, ended, or taken over. */
  renew(
    jobId: string,
    attempt: number,
    progress: JobProgress,
    leasedUntil: number,
  ): Promise<boolean>;
  /** Changes nothing, and says false, where the attempt has lost the job. */
  settle(
    jobId: string,
    attempt: number,
    ending: JobEnding,
    times: { at: number; expiresAt: number },
  ): Promise<boolean>;
}

/** What the sweep does. Every method is safe to repeat, and on many instances at once. */
export interface JobUpkeep {
  /** Takes jobs from instances that were lost: back into the queue, or failed after too many. @returns how many. */
  reviveLost(now: number, expiresAt: number, limit: number): Promise<number>;
  /** Queued jobs that should have been taken by now: their message is lost, or was never sent. */
  stranded(now: number, limit: number): Promise<readonly string[]>;
  markEnqueued(jobIds: readonly string[], dueAt: number): Promise<void>;
  /** Applies `expired` to what is past its time, or to one job now. @returns jobs whose files are still to be removed. */
  expire(now: number, limit: number): Promise<readonly string[]>;
  expireNow(jobId: string, now: number): Promise<boolean>;
  /** The files of an expired job are gone. */
  markEmptied(jobId: string): Promise<void>;
  /** Forgets jobs that were emptied and whose time ended before. @returns how many. */
  forget(before: number): Promise<number>;
}

export interface JobQueue {
  enqueue(jobId: string, afterSeconds: number, signal: AbortSignal): Promise<void>;
}

/** A file under way: nothing is seen of it before `finish`, and nothing is left of it when that never comes. */
export interface ResultWriter {
  /** Settles when there is room for more: a few blocks wait in memory at most. `bytes` may be used again then. */
  write(bytes: Uint8Array): Promise<void>;
  /** @returns the size in bytes. */
  finish(): Promise<number>;
}

/** Files of finished jobs. @throws AppError upstream_failed. */
export interface JobResults {
  create(name: string, contentType: string, signal: AbortSignal): ResultWriter;
  /** From `offset`, `length` bytes or fewer where the file ends before. */
  read(
    name: string,
    range: { offset: number; length: number },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Removes every file whose name begins so, but for those that begin with `except`. */
  remove(prefix: string, except: string | null, signal: AbortSignal): Promise<void>;
  check(signal: AbortSignal): Promise<void>;
}

/** A Parquet file under way; row groups go to `write` as they fill up. */
export interface ParquetFile {
  /** @throws AppError query_failed for a value that the column's Parquet type cannot hold. */
  add(rows: readonly JsonRow[]): Promise<void>;
  finish(): Promise<void>;
}
export type OpenParquet = (
  columns: readonly ResultColumn[],
  write: (bytes: Uint8Array) => Promise<void>,
) => Promise<ParquetFile>;

/** What a job asks of the query path: the one way to a source. */
export interface JobQueries {
  /** Plans without running. @throws AppError as the query path does, and request_invalid for a question in doubt. */
  plan(
    request: QueryJobRequest,
    ctx: CallContext,
  ): Promise<{ readonly sourceId: string; readonly sql: string }>;
  open(
    request: QueryJobRequest,
    budget: ExecutionBudget,
    ctx: CallContext,
  ): Promise<OpenedJobQuery>;
}

export interface OpenedJobQuery {
  /** With names that differ. */
  readonly columns: readonly ResultColumn[];
  readonly stream: ResultStream;
  /** One row as JSON, in the form that was asked for. */
  writeRow(row: JsonRow): string;
  /** Writes the query log's line: how many rows came, or what went wrong. */
  noteEnd(outcome: { rows: number } | { error: unknown }): void;
}

/** Who a credential stands for now. @throws AppError unauthenticated where it was revoked or has expired. */
export interface CurrentPrincipals {
  current(principalId: string, now: number): Promise<Principal>;
}

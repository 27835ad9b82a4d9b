/** The query log's line for each query, whatever came of it; writing it is not on the caller's time. */
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import { newId } from "../kernel/ids.ts";
import type { JsonValue } from "../sources/ports.ts";
import type { NamedModel, QueryLog, QueryRecord } from "./ports.ts";
import type { QueryOutcome } from "./query-outcome.ts";

interface NoteDeps {
  readonly queryLog: Pick<QueryLog, "append">;
}

/** What is known of a query so far; filled in as it travels, so that a failure is logged with all of it. */
export interface QueryTrace {
  readonly queryId: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Of the monotonic clock, in milliseconds. */
  readonly started: number;
  readonly principal: string;
  readonly question: string | null;
  sourceId: string;
  sql: string | null;
  params: QueryRecord["params"];
  model?: NamedModel;
}

export function startTrace(
  request: Pick<QueryRequest, "question" | "sql" | "source">,
  principal: { readonly id: string },
  at: number,
): QueryTrace {
  return {
    queryId: newId("qry", at),
    at,
    started: performance.now(),
    principal: principal.id,
    question: request.question ?? null,
    sourceId: request.source ?? "",
    sql: request.sql ?? null,
    params: null,
  };
}

/** What will run. The parameters are kept of a question only: they are its own words, and feedback needs them. */
export function notePlanned(
  trace: QueryTrace,
  { sql, params }: { readonly sql: string; readonly params: readonly JsonValue[] },
): void {
  trace.sql = sql;
  if (trace.question !== null) trace.params = params;
}

type End = Pick<QueryRecord, "outcome" | "provenance" | "cacheStatus" | "rowCount"> & {
  /** Of the whole query, in milliseconds; until now where it is left out. */
  readonly durationMs?: number;
};

export function noteEnd({ queryLog }: NoteDeps, trace: QueryTrace, end: End): void {
  const { started, ...known } = trace;
  queryLog.append({ ...known, durationMs: performance.now() - started, ...end });
}

export function noteOutcome(deps: NoteDeps, trace: QueryTrace, outcome: QueryOutcome): void {
  const answer = outcome.kind === "answer" ? outcome : null;
  noteEnd(deps, trace, {
    outcome: outcome.kind === "answer" ? "answer" : outcome.doubt.kind,
    provenance: answer?.plan.provenance ?? null,
    cacheStatus: answer?.cache.status ?? null,
    rowCount: answer?.result.rowCount ?? null,
    durationMs: outcome.timing.total,
  });
}

export function noteFailure(deps: NoteDeps, trace: QueryTrace, error: unknown): void {
  const outcome = codeOf(error);
  noteEnd(deps, trace, { outcome, provenance: null, cacheStatus: null, rowCount: null });
}

/** As the log tells a failure. */
export const codeOf = (error: unknown): string =>
  error instanceof AppError ? error.code : "internal";

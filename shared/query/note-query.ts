/** The query log's line for each query, whatever came of it; writing it is not on the caller's time. */
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { QueryLog } from "./ports.ts";
import type { QueryOutcome } from "./query-outcome.ts";

interface NoteDeps {
  readonly queryLog: Pick<QueryLog, "append">;
}

/** What is known of a query so far; filled in as it travels, so that a failure is logged with all of it. */
export interface QueryTrace {
  readonly queryId: string;
  /** Of the monotonic clock, in milliseconds. */
  readonly started: number;
  sourceId: string;
  sql: string | null;
}

export function noteOutcome(
  deps: NoteDeps,
  ctx: CallContext,
  request: QueryRequest,
  outcome: QueryOutcome,
): void {
  const answer = outcome.kind === "answer" ? outcome : null;
  deps.queryLog.append({
    queryId: outcome.queryId,
    at: ctx.now,
    principal: ctx.principal.id,
    sourceId: outcome.sourceId,
    question: request.question ?? null,
    sql: answer?.plan.sql ?? null,
    outcome: outcome.kind === "answer" ? "answer" : outcome.doubt.kind,
    provenance: answer?.plan.provenance ?? null,
    cacheStatus: answer?.cache.status ?? null,
    rowCount: answer?.result.rowCount ?? null,
    durationMs: outcome.timing.total,
  });
}

export function noteFailure(
  deps: NoteDeps,
  ctx: CallContext,
  request: QueryRequest,
  trace: QueryTrace,
  error: unknown,
): void {
  deps.queryLog.append({
    queryId: trace.queryId,
    at: ctx.now,
    principal: ctx.principal.id,
    sourceId: trace.sourceId,
    question: request.question ?? null,
    sql: trace.sql,
    outcome: error instanceof AppError ? error.code : "internal",
    provenance: null,
    cacheStatus: null,
    rowCount: null,
    durationMs: performance.now() - trace.started,
  });
}

/** What one query may take: the smallest of what was asked, what the source allows and what the installation allows. */
import type { SourceLimits } from "../contract/sources.ts";
import type { ExecutionBudget, SourceRecord } from "../sources/ports.ts";

export interface AskedBudget {
  readonly max_rows: number;
  readonly timeout_ms: number;
}

export function queryBudget(
  asked: AskedBudget,
  source: Pick<SourceRecord, "config">,
  maxBytes: number,
): ExecutionBudget {
  return withinLimits({ maxRows: asked.max_rows, maxBytes, timeoutMs: asked.timeout_ms }, source);
}

/** A source's own limits hold for every query, those of jobs included. */
export function withinLimits(
  budget: ExecutionBudget,
  source: Pick<SourceRecord, "config">,
): ExecutionBudget {
  const limits = (source.config.limits ?? {}) as SourceLimits;
  return {
    maxRows: Math.min(budget.maxRows, limits.max_rows ?? Number.POSITIVE_INFINITY),
    maxBytes: Math.min(budget.maxBytes, limits.max_bytes ?? Number.POSITIVE_INFINITY),
    timeoutMs: Math.min(budget.timeoutMs, limits.timeout_ms ?? Number.POSITIVE_INFINITY),
  };
}

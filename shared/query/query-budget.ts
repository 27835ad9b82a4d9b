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
  const limits = (source.config.limits ?? {}) as SourceLimits;
  return {
    maxRows: Math.min(asked.max_rows, limits.max_rows ?? Number.POSITIVE_INFINITY),
    maxBytes: Math.min(maxBytes, limits.max_bytes ?? Number.POSITIVE_INFINITY),
    timeoutMs: Math.min(asked.timeout_ms, limits.timeout_ms ?? Number.POSITIVE_INFINITY),
  };
}

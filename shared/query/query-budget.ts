/** What one query may take: the smallest of what was asked and what installation, source and principal allow. */
import type { SourceLimits } from "../contract/sources.ts";
import type { Principal, QueryLimits } from "../kernel/context.ts";
import type { ExecutionBudget, SourceRecord } from "../sources/ports.ts";

export interface AskedBudget {
  readonly max_rows: number;
  readonly timeout_ms: number;
}

/** Whose query of what. */
export interface BudgetHolders {
  readonly source: Pick<SourceRecord, "config">;
  readonly principal: Pick<Principal, "limits">;
}

export function queryBudget(
  asked: AskedBudget,
  holders: BudgetHolders,
  maxBytes: number,
): ExecutionBudget {
  return withinLimits({ maxRows: asked.max_rows, maxBytes, timeoutMs: asked.timeout_ms }, holders);
}

/** The limits of source and principal hold for every query, those of jobs included. */
export function withinLimits(
  budget: ExecutionBudget,
  { source, principal }: BudgetHolders,
): ExecutionBudget {
  const ofSource = (source.config.limits ?? {}) as SourceLimits;
  return [ofSource, principal.limits ?? {}].reduce(cut, budget);
}

function cut(budget: ExecutionBudget, limits: QueryLimits): ExecutionBudget {
  return {
    maxRows: Math.min(budget.maxRows, limits.max_rows ?? Number.POSITIVE_INFINITY),
    maxBytes: Math.min(budget.maxBytes, limits.max_bytes ?? Number.POSITIVE_INFINITY),
    timeoutMs: Math.min(budget.timeoutMs, limits.timeout_ms ?? Number.POSITIVE_INFINITY),
  };
}

/** The one place where a planned statement goes to its source. */
import type { ExecutionBudget, OpenSource, ResultStream } from "../sources/ports.ts";
import type { PlannedStatement } from "./plan-statement.ts";

/** @throws AppError as SourceAdapter.execute does. */
export function startStatement(
  source: OpenSource,
  { sql, params, allowed }: PlannedStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultStream> {
  return source.adapter.execute(
    { sql, params, ...(allowed.kind === "explain" && { explain: true }) },
    budget,
    signal,
  );
}

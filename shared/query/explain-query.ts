/** Plans a query and shows the source's own plan of it. Nothing is executed: EXPLAIN without ANALYZE. */
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { JsonValue, OpenSource } from "../sources/ports.ts";
import { type AskingModelDeps, askingModel } from "./asking-model.ts";
import { type RestrictedPlan, refuseNarrowedPlan } from "./restrict-plan.ts";
import { type PlanForDeps, planFor } from "./run-query.ts";

export interface Explanation {
  readonly source: string;
  readonly sql: string;
  readonly tables: readonly string[];
  readonly plan: JsonValue;
  readonly suggestions: readonly string[];
}

const PLAN_BYTES = 1_048_576;

/** @throws AppError as runQuery does. */
export async function explainQuery(
  deps: PlanForDeps & AskingModelDeps,
  request: QueryRequest,
  ctx: CallContext,
): Promise<Explanation> {
  // Named for nothing here, but a wrong name is told as it is where the statement runs.
  await askingModel(deps, request.model, ctx.principal);
  const source = await deps.sources.resolve(request.source, ctx.principal);
  const { plan } = await planFor(deps, source, request, ctx);
  if (plan.kind !== "statement")
    throw new AppError(
      "request_invalid",
      `The question has no single statement to explain: ${plan.reason}`,
      { fields: [{ pointer: "/question", message: plan.reason }] },
    );
  refuseNarrowedPlan(plan);
  return {
    source: source.record.sourceId,
    sql: plan.sql,
    tables: plan.allowed.tables.map((table) =>
      table.schema === null ? table.name : `${table.schema}.${table.name}`,
    ),
    plan: await sourcePlan(source, plan, request.timeout_ms, ctx.signal),
    suggestions: [],
  };
}

async function sourcePlan(
  { adapter }: OpenSource,
  { run, veil }: RestrictedPlan,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<JsonValue> {
  try {
    return await adapter.explain(run, { maxRows: 10_000, maxBytes: PLAN_BYTES, timeoutMs }, signal);
  } catch (error) {
    throw veil(error);
  }
}

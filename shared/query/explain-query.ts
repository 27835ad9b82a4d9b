/** Plans a query and shows the source's own plan of it. Nothing is executed: EXPLAIN without ANALYZE. */
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { JsonValue } from "../sources/ports.ts";
import { planFor, type QueryDeps } from "./run-query.ts";

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
  deps: Pick<QueryDeps, "sources" | "examples" | "guards" | "ask">,
  request: QueryRequest,
  ctx: CallContext,
): Promise<Explanation> {
  const source = await deps.sources.resolve(request.source, ctx.principal);
  const { plan } = await planFor(deps, source, request, ctx);
  if (plan.kind !== "statement")
    throw new AppError(
      "request_invalid",
      `The question has no single statement to explain: ${plan.reason}`,
      { fields: [{ pointer: "/question", message: plan.reason }] },
    );
  return {
    source: source.record.sourceId,
    sql: plan.sql,
    tables: plan.allowed.tables.map((table) =>
      table.schema === null ? table.name : `${table.schema}.${table.name}`,
    ),
    plan: await source.adapter.explain(
      {
        sql: plan.sql,
        params: plan.params,
        ...(plan.allowed.kind === "explain" && { explain: true }),
      },
      { maxRows: 10_000, maxBytes: PLAN_BYTES, timeoutMs: request.timeout_ms },
      ctx.signal,
    ),
    suggestions: [],
  };
}

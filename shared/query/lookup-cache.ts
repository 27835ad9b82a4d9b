/** Looks a query up in the cache and never executes it. */
import type { RenderedResult } from "../cache/ports.ts";
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { whyNeverCached } from "./answer-statement.ts";
import { askingModel } from "./asking-model.ts";
import type { CacheControl } from "./cache-control.ts";
import { identityOf, type PlanForDeps, planFor, type QueryDeps } from "./run-query.ts";

export type LookupOutcome =
  | {
      readonly status: "hit" | "stale";
      readonly ageSeconds: number;
      readonly result: RenderedResult;
    }
  | { readonly status: "miss"; readonly reason: string };

/** @throws AppError as runQuery does, but for what the source would throw when executing. */
export async function lookupCache(
  deps: PlanForDeps & Pick<QueryDeps, "cache" | "maxBytes" | "modelNames">,
  request: QueryRequest,
  control: CacheControl,
  ctx: CallContext,
): Promise<LookupOutcome> {
  const { principal } = ctx;
  const model = await askingModel(deps, request.model, principal);
  const source = await deps.sources.resolve(request.source, principal);
  const { plan, schema } = await planFor(deps, source, request, ctx);
  if (plan.kind !== "statement")
    throw new AppError(
      "request_invalid",
      `The question has no single answer to look up: ${plan.reason}`,
      { fields: [{ pointer: "/question", message: plan.reason }] },
    );
  if (whyNeverCached(plan) !== null) return { status: "miss", reason: "never_cached" };
  const asker = { principal, modelId: model?.modelId ?? null };
  const identity = identityOf(deps, source, { plan, schema }, request, asker);
  const found = await deps.cache.find(identity, control, ctx.signal);
  if (found.kind === "unverifiable") return { status: "miss", reason: "never_cached" };
  if (found.kind === "miss") return { status: "miss", reason: found.reason };
  return {
    status: found.kind,
    ageSeconds: found.ageSeconds,
    result: found.result,
  };
}

/** The one way a query travels: plan, guard, cache, source, log. Every surface goes through here. */
import type { QueryCache, RenderedResult, ResultIdentity } from "../cache/ports.ts";
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { newId } from "../kernel/ids.ts";
import type { PolicyEngine } from "../policy/ports.ts";
import type { JsonValue, OpenSource, SourceGateway, SourceSchema } from "../sources/ports.ts";
import type { CacheControl } from "./cache-control.ts";
import { noteFailure, noteOutcome, type QueryTrace } from "./note-query.ts";
import { type PlanDeps, planRequest } from "./plan-statement.ts";
import type { ExampleStore, QueryLog } from "./ports.ts";
import { type AskedBudget, queryBudget } from "./query-budget.ts";
import type { CacheNote, QueryOutcome, Timing } from "./query-outcome.ts";
import { renderStream } from "./rendered-result.ts";
import { type RestrictedPlan, restrictPlan } from "./restrict-plan.ts";
import type { SingleFlight } from "./single-flight.ts";
import { type StatementCall, startStatement } from "./start-statement.ts";

export interface QueryDeps extends PlanDeps {
  readonly sources: Pick<SourceGateway, "resolve" | "schema">;
  readonly policies: PolicyEngine;
  readonly examples: Pick<ExampleStore, "forSource">;
  readonly cache: QueryCache;
  readonly flights: SingleFlight<RenderedResult>;
  readonly queryLog: Pick<QueryLog, "append">;
  readonly maxBytes: number;
}

export type PlanForDeps = Pick<QueryDeps, "sources" | "policies" | "examples" | "guards" | "ask">;

/**
 * @throws AppError source_not_found, table_not_found, sql_syntax, sql_refused, sql_parameters, cache_miss, and what the source throws.
 */
export async function runQuery(
  deps: QueryDeps,
  request: QueryRequest,
  control: CacheControl,
  ctx: CallContext,
): Promise<QueryOutcome> {
  const trace: QueryTrace = {
    queryId: newId("qry", ctx.now),
    started: performance.now(),
    sourceId: request.source ?? "",
    sql: request.sql ?? null,
  };
  try {
    const outcome = await settle(deps, request, control, trace, ctx);
    noteOutcome(deps, ctx, request, outcome);
    return outcome;
  } catch (error) {
    noteFailure(deps, ctx, request, trace, error);
    throw error;
  }
}

async function settle(
  deps: QueryDeps,
  request: QueryRequest,
  control: CacheControl,
  trace: QueryTrace,
  ctx: CallContext,
): Promise<QueryOutcome> {
  const source = await deps.sources.resolve(request.source, ctx.principal);
  const { sourceId } = source.record;
  trace.sourceId = sourceId;
  const { queryId, started } = trace;
  const { plan, schema } = await planFor(deps, source, request, ctx);
  const planMs = performance.now() - started;
  if (plan.kind !== "statement")
    return {
      kind: "doubt",
      queryId,
      sourceId,
      doubt: plan,
      timing: { total: planMs, ask: planMs },
    };
  trace.sql = plan.sql;
  const identify = () => identityOf(deps, source, { plan, schema }, request);
  const answer = await answerStatement(deps, { source, plan, identify }, request, control, ctx);
  const timing: Timing = {
    total: performance.now() - started,
    [request.question === undefined ? "guard" : "ask"]: planMs,
    ...(answer.executeMs !== null && { execute: answer.executeMs }),
  };
  const { result, cache } = answer;
  return { kind: "answer", queryId, sourceId, plan, result, cache, timing };
}

/** Plans a request over its source. Shared with the cache look-up, which stops here. */
export async function planFor(
  deps: PlanForDeps,
  source: OpenSource,
  request: QueryRequest,
  ctx: CallContext,
) {
  const whole = await deps.sources.schema(source, ctx.signal);
  const access = await deps.policies.access(source, ctx.principal, whole);
  const { schema } = access;
  const examples =
    request.question === undefined
      ? []
      : await access.readable(await deps.examples.forSource(source.record.sourceId));
  const { dialect } = source.adapter;
  const plan = await planRequest(deps, dialect, request, { schema, examples }, ctx.now);
  return { schema, plan: plan.kind === "statement" ? await restrictPlan(access, plan) : plan };
}

export function identityOf(
  deps: Pick<QueryDeps, "cache" | "maxBytes">,
  source: OpenSource,
  planned: { plan: RestrictedPlan; schema: SourceSchema },
  asked: AskedBudget,
): ResultIdentity {
  const { plan, schema } = planned;
  return deps.cache.identify({
    source: source.record,
    canonicalSql: plan.allowed.canonicalSql,
    params: plan.params,
    tables: plan.allowed.tables,
    policyFingerprint: plan.policyFingerprint,
    guardVersion: plan.guardVersion,
    maxRows: queryBudget(asked, source.record, deps.maxBytes).maxRows,
    schema,
  });
}

interface Work {
  readonly source: OpenSource;
  readonly plan: RestrictedPlan;
  /** Asked only where the cache is: canonical SQL and digests cost more than a small statement. */
  readonly identify: () => ResultIdentity;
}

interface Answered {
  readonly result: RenderedResult;
  readonly cache: CacheNote;
  /** Null when nothing was executed. */
  readonly executeMs: number | null;
}

async function answerStatement(
  deps: QueryDeps,
  work: Work,
  request: QueryRequest,
  control: CacheControl,
  ctx: CallContext,
): Promise<Answered> {
  const { allowed } = work.plan;
  const bypass = bypassReason(
    allowed.kind === "explain",
    work.plan.volatile || work.plan.run.params.some(movesWithTime),
    control,
    deps.cache.ttlSeconds,
  );
  if (bypass !== null) {
    if (control.onlyIfCached) throw new AppError("cache_miss", `This is never cached: ${bypass}.`);
    deps.cache.noteBypass(work.source.record.sourceId);
    const { result, executeMs } = await execute(deps, work, request, ctx);
    return { result, executeMs, cache: { status: "bypass", ageSeconds: 0, reason: bypass } };
  }
  const identity = work.identify();
  const found = control.noCache ? null : await deps.cache.find(identity, ctx.now);
  if (found?.kind === "hit")
    return {
      result: found.result,
      executeMs: null,
      cache: { status: "hit", ageSeconds: found.ageSeconds },
    };
  if (control.onlyIfCached) throw new AppError("cache_miss", "The answer is not in the cache.");
  const epochs = found?.epochs ?? (await deps.cache.begin(identity, ctx.now));
  const started = performance.now();
  // Whoever comes after an invalidation must not be given what began before it, nor wait under another's time limit.
  const sharing = control.noCache ? ctx.requestId : JSON.stringify(epochs);
  const key = `${identity.key}:${request.timeout_ms}:${sharing}`;
  const result = await deps.flights.run(key, ctx.signal, async (signal) => {
    const executed = await execute(deps, work, request, { ...ctx, signal });
    await deps.cache.store(identity, executed.result, epochs, ctx.now);
    return executed.result;
  });
  return {
    result,
    executeMs: performance.now() - started,
    cache: { status: "miss", ageSeconds: 0, reason: found?.reason ?? "no_cache" },
  };
}

function bypassReason(
  explain: boolean,
  volatile: boolean,
  control: CacheControl,
  ttlSeconds: number,
): string | null {
  if (control.noStore) return "no-store was asked";
  if (explain) return "a plan is not a result";
  if (volatile) return "the statement depends on the time, the session or chance";
  return ttlSeconds === 0 ? "the cache is off" : null;
}

/** PostgreSQL reads these texts as times when they are bound to one (8.5.1.4). */
function movesWithTime(param: JsonValue): boolean {
  return typeof param === "string"
    ? /\b(now|today|tomorrow|yesterday)\b/i.test(param)
    : Array.isArray(param) && param.some(movesWithTime);
}

async function execute(
  deps: QueryDeps,
  work: Work,
  request: QueryRequest,
  call: StatementCall,
): Promise<{ result: RenderedResult; executeMs: number }> {
  const budget = queryBudget(request, work.source.record, deps.maxBytes);
  const started = performance.now();
  const { source, plan } = work;
  const stream = await startStatement(source, plan, budget, call);
  const result = await renderStream(stream, request.format);
  return { result, executeMs: performance.now() - started };
}

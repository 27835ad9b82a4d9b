/** The one way a query travels: plan, guard, cache, source, log. Every surface goes through here. */
import type { QuestionReader } from "../ask/ports.ts";
import type { ResultIdentity } from "../cache/ports.ts";
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext, Principal } from "../kernel/context.ts";
import type { PolicyEngine, SourceAccess } from "../policy/ports.ts";
import type { SemanticKnowledge } from "../semantic/ports.ts";
import type { OpenSource, SourceGateway, SourceSchema } from "../sources/ports.ts";
import { answerSettings } from "./answer-settings.ts";
import { type AnswerDeps, answerStatement } from "./answer-statement.ts";
import { askCall } from "./ask-call.ts";
import { type AskingModelDeps, askingModel } from "./asking-model.ts";
import type { CacheControl } from "./cache-control.ts";
import { type Compared, compareOptions } from "./compare-options.ts";
import {
  noteFailure,
  noteOutcome,
  notePlanned,
  type QueryTrace,
  startTrace,
} from "./note-query.ts";
import {
  type Doubt,
  type Knowledge,
  type PlanDeps,
  type PlannedStatement,
  planRequest,
} from "./plan-statement.ts";
import type { ExampleStore, FeedbackStore, QueryLog } from "./ports.ts";
import { type AskedBudget, queryBudget } from "./query-budget.ts";
import type { QueryOutcome, Timing } from "./query-outcome.ts";
import { rejectedFor } from "./rejected-for.ts";
import { type RestrictedPlan, restrictPlan } from "./restrict-plan.ts";
import { usableExamples } from "./usable-examples.ts";

export interface QueryDeps extends PlanDeps, AnswerDeps, AskingModelDeps {
  readonly sources: Pick<SourceGateway, "resolve" | "schema">;
  readonly policies: PolicyEngine;
  readonly examples: Pick<ExampleStore, "forSource">;
  readonly feedback: Pick<FeedbackStore, "rejections">;
  readonly questions: Pick<QuestionReader, "keyOf">;
  readonly queryLog: Pick<QueryLog, "append">;
  /** Left out where no source has a semantic model. */
  readonly semantics?: SemanticKnowledge;
}

/** The policies are no guess. */
const CERTAIN = 1;

export type PlanForDeps = Pick<
  QueryDeps,
  "sources" | "policies" | "examples" | "feedback" | "questions" | "guards" | "ask" | "semantics"
>;

/**
 * @throws AppError model_not_found, source_not_found, table_not_found, sql_syntax, sql_refused, sql_parameters, cache_miss,
 * and what the source throws.
 */
export async function runQuery(
  deps: QueryDeps,
  request: QueryRequest,
  control: CacheControl,
  ctx: CallContext,
): Promise<QueryOutcome> {
  const trace = startTrace(request, ctx.principal, ctx.now);
  try {
    const outcome = await settle(deps, request, control, trace, ctx);
    noteOutcome(deps, trace, outcome);
    return outcome;
  } catch (error) {
    noteFailure(deps, trace, error);
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
  const model = await askingModel(deps, request.model, ctx.principal);
  if (model !== null) trace.model = model;
  const modelId = model?.modelId ?? null;
  const source = await deps.sources.resolve(request.source, ctx.principal);
  const { sourceId } = source.record;
  trace.sourceId = sourceId;
  const { queryId, started } = trace;
  const { plan, schema, ...known } = await planFor(deps, source, request, ctx);
  const planMs = performance.now() - started;
  const answer = (plan: RestrictedPlan, asked: QueryRequest) => {
    const asker = { principal: ctx.principal, modelId };
    const identify = () => identityOf(deps, source, { plan, schema }, asked, asker);
    return answerStatement(deps, { source, plan, modelId, identify }, asked, control, ctx);
  };
  const timing = (executeMs: number | null): Timing => ({
    total: performance.now() - started,
    [request.question === undefined ? "guard" : "ask"]: planMs,
    ...(executeMs !== null && { execute: executeMs }),
  });
  const settlePlan = async (): Promise<Compared> => {
    if (plan.kind !== "statement") {
      const place = { source, ...known, leftMs: request.timeout_ms - planMs, answer };
      const compared = await compareOptions(deps, place, plan, request, ctx);
      if (compared.kind === "answer") notePlanned(trace, compared.plan);
      return compared;
    }
    notePlanned(trace, plan);
    return { kind: "answer", plan, answered: await answer(plan, request) };
  };
  const settled = await settlePlan();
  if (settled.kind === "doubt") return { ...settled, queryId, sourceId, timing: timing(null) };
  const { executeMs, ...answered } = settled.answered;
  const { kind } = settled;
  return { kind, queryId, sourceId, plan: settled.plan, ...answered, timing: timing(executeMs) };
}

/** Plans a request over its source. Shared with the cache look-up, which stops here. */
export async function planFor(
  deps: PlanForDeps,
  source: OpenSource,
  request: QueryRequest,
  ctx: CallContext,
) {
  const asks = request.question !== undefined;
  const whole = await deps.sources.schema(source, ctx.signal);
  const model = asks && deps.semantics ? await deps.semantics.of(source, whole) : null;
  // What the model says of a table goes through the policies with the table.
  const access = await deps.policies.access(source, ctx.principal, model?.schema ?? whole);
  const { schema } = access;
  const { examples, rejected } = await learntOf(deps, { source, access, whole }, request, ctx);
  const knowledge = {
    schema,
    examples,
    rejected,
    ...(model !== null && { semantics: model.visibleTo(schema) }),
    ...(asks && thresholdsOf(source)),
    call: askCall(deps, source, access, ctx),
  };
  const { dialect } = source.adapter;
  const plan = await planRequest(deps, dialect, request, knowledge, ctx.now);
  return {
    schema,
    access,
    semanticModelVersion: knowledge.semantics?.version ?? null,
    plan: plan.kind === "statement" ? await restrictOrDoubt(access, plan, asks) : plan,
  };
}

/** Who asks in words wrote no statement that could be refused: what he may not see is a question without an answer. */
async function restrictOrDoubt(
  access: SourceAccess,
  plan: PlannedStatement,
  asks: boolean,
): Promise<RestrictedPlan | Doubt> {
  try {
    return await restrictPlan(access, plan);
  } catch (error) {
    if (!asks || !(error instanceof AppError) || error.code !== "sql_refused") throw error;
    return { kind: "abstain", reason: asReason(error.detail), confidence: CERTAIN };
  }
}

/** A sentence of an error as a reason reads. */
const asReason = (sentence: string): string =>
  sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, "");

function thresholdsOf(source: OpenSource): Pick<Knowledge, "thresholds"> {
  const { answer_from, ask_back_from } = answerSettings(source);
  return { thresholds: { answer: answer_from, clarify: ask_back_from } };
}

/** What people confirmed and called wrong, as far as this caller may know of it. */
async function learntOf(
  deps: PlanForDeps,
  { source, access, whole }: { source: OpenSource; access: SourceAccess; whole: SourceSchema },
  { question }: QueryRequest,
  { principal }: CallContext,
): Promise<Pick<Knowledge, "examples" | "rejected">> {
  if (question === undefined) return { examples: [], rejected: [] };
  const { sourceId } = source.record;
  const [known, rejected] = await Promise.all([
    deps.examples.forSource(sourceId),
    rejectedFor(deps, { sourceId, question }, principal),
  ]);
  return { examples: await access.readable(usableExamples(known, whole)), rejected };
}

export function identityOf(
  deps: Pick<QueryDeps, "cache" | "maxBytes">,
  source: OpenSource,
  planned: { plan: RestrictedPlan; schema: SourceSchema },
  asked: AskedBudget,
  { principal, modelId }: { readonly principal: Principal; readonly modelId: string | null },
): ResultIdentity {
  const { plan, schema } = planned;
  const holders = { source: source.record, principal };
  const { maxRows, maxBytes } = queryBudget(asked, holders, deps.maxBytes);
  return deps.cache.identify({
    source,
    canonicalSql: plan.allowed.canonicalSql,
    params: plan.params,
    tables: plan.allowed.tables,
    policyFingerprint: plan.policyFingerprint,
    ...(plan.semanticModelVersion !== null && { semanticModelVersion: plan.semanticModelVersion }),
    guardVersion: plan.guardVersion,
    maxRows,
    maxBytes,
    schema,
    modelId,
  });
}

/** A statement's rows: from the cache where they still hold, from the source otherwise, computed once for all who ask. */
import type {
  CacheOutcome,
  Evidence,
  Led,
  QueryCache,
  RenderedResult,
  ResultIdentity,
  Tolerance,
} from "../cache/ports.ts";
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import type { SingleFlight } from "../kernel/single-flight.ts";
import type { JsonValue, OpenSource } from "../sources/ports.ts";
import type { CacheControl } from "./cache-control.ts";
import { queryBudget } from "./query-budget.ts";
import type { CacheNote } from "./query-outcome.ts";
import { renderStream } from "./rendered-result.ts";
import type { RestrictedPlan } from "./restrict-plan.ts";
import { startStatement } from "./start-statement.ts";

export interface AnswerDeps {
  readonly cache: QueryCache;
  readonly flights: SingleFlight<Led>;
  readonly maxBytes: number;
}

/** A planned statement on its way. */
export interface Work {
  readonly source: OpenSource;
  readonly plan: RestrictedPlan;
  /** On whose behalf. */
  readonly modelId: string | null;
  /** Made where the cache is asked: the digests cost more than a small statement. */
  readonly identify: () => ResultIdentity;
}

export interface Answered {
  readonly result: RenderedResult;
  readonly cache: CacheNote;
  /** Null when nothing was executed. */
  readonly executeMs: number | null;
}

/** @throws AppError cache_miss, and what the source throws. */
export async function answerStatement(
  deps: AnswerDeps,
  work: Work,
  request: QueryRequest,
  control: CacheControl,
  ctx: CallContext,
): Promise<Answered> {
  const never = control.noStore ? "no-store was asked" : whyNeverCached(work.plan);
  if (never !== null) return passBy(deps, work, request, control, never, ctx);
  const identity = work.identify();
  if (identity.terms.ttlSeconds === 0)
    return passBy(deps, work, request, control, "the cache is off", ctx);
  const call: Call = { deps, work, request, identity, ctx };
  if (control.noCache) return computeAnew(call, control);
  const found = await deps.cache.find(identity, control, ctx.signal);
  if (found.kind === "unverifiable") return passBy(deps, work, request, control, UNVERIFIABLE, ctx);
  if (found.kind === "miss") return computeOnce(call, control, found);
  const refreshed = found.kind === "hit" ? found.refresh : found.evidence;
  if (refreshed !== null && !control.onlyIfCached) refreshBehind(call, refreshed);
  return {
    result: found.result,
    executeMs: null,
    cache: {
      status: found.kind,
      ageSeconds: found.ageSeconds,
      ...(found.kind === "stale" && { reason: found.reason }),
    },
  };
}

const UNVERIFIABLE = "the source cannot say when one of these tables changes";

/** Why the answer may change although no table does, or null. Shared with the look-up. */
export function whyNeverCached({ allowed, run, volatile }: RestrictedPlan): string | null {
  if (allowed.kind === "explain") return "a plan is not a result";
  const moving = volatile || run.params.some(movesWithTime);
  return moving ? "the statement depends on the time, the session or chance" : null;
}

/** PostgreSQL reads these texts as times when they are bound to one (8.5.1.4). */
function movesWithTime(param: JsonValue): boolean {
  return typeof param === "string"
    ? /\b(now|today|tomorrow|yesterday)\b/i.test(param)
    : Array.isArray(param) && param.some(movesWithTime);
}

async function passBy(
  deps: AnswerDeps,
  work: Work,
  request: QueryRequest,
  control: CacheControl,
  reason: string,
  ctx: CallContext,
): Promise<Answered> {
  if (control.onlyIfCached) throw new AppError("cache_miss", `This is never cached: ${reason}.`);
  deps.cache.noteBypass(work.source.record.sourceId, work.modelId);
  const started = performance.now();
  const result = await execute(deps, work, request, ctx);
  const executeMs = performance.now() - started;
  return { result, executeMs, cache: { status: "bypass", ageSeconds: 0, reason } };
}

interface Call {
  readonly deps: AnswerDeps;
  readonly work: Work;
  readonly request: QueryRequest;
  readonly identity: ResultIdentity;
  readonly ctx: CallContext;
}

/** `no-cache`: executed for this caller whatever lies there, and kept for the others. */
async function computeAnew(
  { deps, work, request, identity, ctx }: Call,
  control: CacheControl,
): Promise<Answered> {
  const evidence = await deps.cache.begin(identity, ctx.signal);
  if (evidence === null) return passBy(deps, work, request, control, UNVERIFIABLE, ctx);
  const run = (signal: AbortSignal) => execute(deps, work, request, { ...ctx, signal });
  return missed(await deps.cache.renew(identity, evidence, run, ctx.signal), "no_cache");
}

/** Whoever comes after a change must not be given what began before it, nor wait under another's time limit. */
async function computeOnce(
  { deps, work, request, identity, ctx }: Call,
  control: CacheControl,
  { reason, evidence }: Extract<CacheOutcome, { kind: "miss" }>,
): Promise<Answered> {
  if (control.onlyIfCached) throw new AppError("cache_miss", "The answer is not in the cache.");
  const terms = leadTerms(timeoutOf(deps, work, request, ctx), identity, evidence, control);
  const key = JSON.stringify([identity.place.key, terms.sharing, evidence, terms.maxAgeMs]);
  const started = performance.now();
  const fly = async (mayBeOthers: boolean): Promise<Led> => {
    let own = false;
    const led = deps.flights.run(key, ctx.signal, (signal) => {
      own = true;
      const run = (stop: AbortSignal) => execute(deps, work, request, { ...ctx, signal: stop });
      return deps.cache.lead(identity, terms, run, signal);
    });
    return led.catch((error: unknown) => {
      // Who has too many statements waiting is refused for himself, not for whoever asks the same.
      const others = error instanceof AppError && error.code === "rate_limited" && !own;
      if (!others || !mayBeOthers) throw error;
      return fly(false);
    });
  };
  const led = await fly(true);
  return missed({ ...led, executeMs: performance.now() - started }, reason);
}

/** The caller has his answer; a refresh that fails leaves things as they are. */
function refreshBehind({ deps, work, request, identity, ctx }: Call, evidence: Evidence): void {
  const timeoutMs = timeoutOf(deps, work, request, ctx);
  const terms = leadTerms(timeoutMs, identity, evidence, { maxAgeSeconds: null });
  const run = (signal: AbortSignal) => execute(deps, work, request, { ...ctx, signal });
  const limit = AbortSignal.timeout(timeoutMs);
  deps.cache
    .refresh(identity, terms, run, limit)
    .catch((error: unknown) =>
      ctx.log.info("a refresh behind an answer failed", errorFields(error)),
    );
}

function leadTerms(
  timeoutMs: number,
  { terms }: ResultIdentity,
  evidence: Evidence,
  { maxAgeSeconds }: Pick<Tolerance, "maxAgeSeconds">,
) {
  return {
    evidence,
    maxAgeMs: Math.min(terms.ttlSeconds, maxAgeSeconds ?? terms.ttlSeconds) * 1_000,
    sharing: String(timeoutMs),
    patienceMs: timeoutMs,
  };
}

const missed = ({ result, executeMs, notKept }: Led, reason: string): Answered => ({
  result,
  executeMs,
  cache: { status: "miss", ageSeconds: 0, reason: notKept === "too_large" ? notKept : reason },
});

const budgetOf = (
  { maxBytes }: Pick<AnswerDeps, "maxBytes">,
  source: OpenSource,
  request: QueryRequest,
  { principal }: Pick<CallContext, "principal">,
) => queryBudget(request, { source: source.record, principal }, maxBytes);

/** What holds for this caller: the limits of source and key may be lower than what was asked for. */
const timeoutOf = (
  deps: Pick<AnswerDeps, "maxBytes">,
  { source }: Work,
  request: QueryRequest,
  ctx: CallContext,
): number => budgetOf(deps, source, request, ctx).timeoutMs;

async function execute(
  deps: Pick<AnswerDeps, "maxBytes">,
  { source, plan }: Work,
  request: QueryRequest,
  call: CallContext,
): Promise<RenderedResult> {
  const budget = budgetOf(deps, source, request, call);
  return renderStream(await startStatement(source, plan, budget, call), request.format);
}

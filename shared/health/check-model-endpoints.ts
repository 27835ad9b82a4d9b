/** Do the registered models still answer? Asked by a timer; three silences open an incident, two answers end it. */
import type { Evidence, NewIncident } from "../alerts/ports.ts";
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import type { OutboundHttp, OutboundResult } from "../outbound/ports.ts";
import type { HealthStore, ModelEndpoint, ModelEndpointSource, TargetHealth } from "./ports.ts";
import { noteIncident, recordCheck } from "./record-check.ts";

const REQUEST_LIMIT_MS = 5000;
/** Sixteen sockets' worth of nothing on the smallest instance, and a thousand models within a timer's ten minutes. */
const CONCURRENCY = 8;
export const MODEL_TARGET_PREFIX = "model:";

export interface CheckModelEndpointsDeps {
  readonly models: ModelEndpointSource;
  readonly outbound: OutboundHttp;
  readonly health: HealthStore;
  readonly clock: Clock;
  openIncident(incident: NewIncident, ctx: CallContext): Promise<unknown>;
  resolveIncident(dedupKey: string, ctx: CallContext): Promise<unknown>;
}

export interface ModelCheckSummary {
  readonly checked: number;
  readonly unhealthy: number;
  /** Models whose check itself broke; logged, and tried again at the next slot. */
  readonly errors: number;
}

export const modelDedupKey = (modelId: string): string => `model_unhealthy:${modelId}`;

/**
 * Checks every model once for this slot. Any HTTP answer below 500 means alive: what a model makes of an unsigned GET is
 * its own affair. N instances may run the same slot: it counts once, and the incident has one key. A model that is
 * served no more is forgotten, and its incident resolved.
 */
export async function checkModelEndpoints(
  deps: CheckModelEndpointsDeps,
  slot: number,
  ctx: CallContext,
): Promise<ModelCheckSummary> {
  const endpoints = await deps.models.endpoints(ctx.signal);
  let unhealthy = 0;
  let errors = 0;
  const queue = [...endpoints];
  const work = async () => {
    for (
      let next = queue.shift();
      next !== undefined && !ctx.signal.aborted;
      next = queue.shift()
    ) {
      try {
        const known = await checkModel(deps, next, slot, ctx);
        if (known.state === "unhealthy") unhealthy++;
      } catch (error) {
        errors++;
        ctx.log.error("model health check broke", { modelId: next.modelId, ...errorFields(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  await forgetOthers(deps, endpoints, ctx);
  return { checked: endpoints.length, unhealthy, errors };
}

async function checkModel(
  deps: CheckModelEndpointsDeps,
  endpoint: ModelEndpoint,
  slot: number,
  ctx: CallContext,
): Promise<TargetHealth> {
  const target = MODEL_TARGET_PREFIX + endpoint.modelId;
  const result = await deps.outbound.send(
    { url: endpoint.url, method: "GET", timeoutMs: REQUEST_LIMIT_MS },
    ctx.signal,
  );
  const known = await recordCheck(deps, {
    target,
    slot,
    at: deps.clock.now(),
    ...judgeAnswer(result),
  });
  await tell(deps, endpoint, known, ctx);
  return known;
}

/** The stored state decides, not the transition: an instance that died in between is made good at the next slot. */
async function tell(
  deps: CheckModelEndpointsDeps,
  endpoint: ModelEndpoint,
  known: TargetHealth,
  ctx: CallContext,
): Promise<void> {
  const { modelId, version } = endpoint;
  if (known.state === "unhealthy") {
    const evidence: Evidence = {
      model_id: modelId,
      version,
      evidence: known.evidence,
      failures: known.consecutiveFailures,
      latency_ms: known.latencyMs,
    };
    const summary = `Model ${modelId} does not answer: ${known.evidence}`;
    // Noted first: an incident without its note would never be resolved; a note without its incident does no harm.
    await noteIncident(deps, known.target, true);
    await deps.openIncident(
      {
        dedupKey: modelDedupKey(modelId),
        rule: "model_unhealthy",
        severity: "critical",
        summary,
        evidence,
      },
      ctx,
    );
  } else if (known.state === "healthy" && known.incidentOpen) {
    await deps.resolveIncident(modelDedupKey(modelId), ctx);
    await noteIncident(deps, known.target, false);
  }
}

async function forgetOthers(
  deps: CheckModelEndpointsDeps,
  endpoints: readonly ModelEndpoint[],
  ctx: CallContext,
): Promise<void> {
  const served = new Set(endpoints.map(({ modelId }) => MODEL_TARGET_PREFIX + modelId));
  for (const { target, incidentOpen } of await deps.health.list(MODEL_TARGET_PREFIX)) {
    if (served.has(target)) continue;
    if (incidentOpen)
      await deps.resolveIncident(modelDedupKey(target.slice(MODEL_TARGET_PREFIX.length)), ctx);
    await deps.health.remove(target);
  }
}

type Judged = {
  readonly outcome: "ok" | "failed";
  readonly evidence: string;
  readonly latencyMs: number | null;
};

function judgeAnswer(result: OutboundResult): Judged {
  if (result.kind === "refused") {
    return {
      outcome: "failed",
      evidence: `not allowed by the outbound policy: ${result.reason}`,
      latencyMs: null,
    };
  }
  const { latencyMs } = result;
  if (result.kind === "timeout")
    return {
      outcome: "failed",
      evidence: `no answer within ${REQUEST_LIMIT_MS / 1000} s`,
      latencyMs,
    };
  if (result.kind === "unreachable")
    return { outcome: "failed", evidence: result.reason, latencyMs };
  return {
    outcome: result.status < 500 ? "ok" : "failed",
    evidence: `status ${result.status}`,
    latencyMs,
  };
}

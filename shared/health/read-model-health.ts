/** What the last checks of a model's endpoint found. */
import { MODEL_TARGET_PREFIX } from "./check-model-endpoints.ts";
import type { HealthStore, TargetHealth } from "./ports.ts";

export interface ModelHealthView {
  readonly state: TargetHealth["state"];
  readonly evidence: string;
  readonly latency_ms: number | null;
  readonly checked_at: string | null;
}

export async function modelHealth(
  deps: { readonly health: Pick<HealthStore, "load"> },
  modelId: string,
): Promise<ModelHealthView> {
  return viewOf(await deps.health.load(MODEL_TARGET_PREFIX + modelId));
}

export async function allModelHealth(deps: {
  readonly health: Pick<HealthStore, "list">;
}): Promise<readonly (ModelHealthView & { readonly model_id: string })[]> {
  const targets = await deps.health.list(MODEL_TARGET_PREFIX);
  return targets.map((target) => ({
    model_id: target.target.slice(MODEL_TARGET_PREFIX.length),
    ...viewOf(target),
  }));
}

function viewOf(target: TargetHealth | null): ModelHealthView {
  if (target === null)
    return { state: "unknown", evidence: "not checked yet", latency_ms: null, checked_at: null };
  return {
    state: target.state,
    evidence: target.evidence,
    latency_ms: target.latencyMs,
    checked_at: target.lastCheckedAt,
  };
}

/** Is the platform well? Every component is asked at once, and none may hold the answer. */
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import type { CheckResult, ComponentCheck, HealthLevel } from "./ports.ts";

/** Less than what a load balancer waits. */
const CHECK_LIMIT_MS = 3000;

export interface CheckComponentsDeps {
  readonly components: readonly ComponentCheck[];
  readonly clock: Clock;
  /** For tests; 3 s without it. */
  readonly limitMs?: number;
}

export interface ComponentHealth extends CheckResult {
  readonly name: string;
}

export interface PlatformHealth {
  readonly status: HealthLevel;
  readonly components: readonly ComponentHealth[];
}

/** Unhealthy where a critical component is; degraded where anything else is less than healthy. Never throws. */
export async function checkComponents(
  deps: CheckComponentsDeps,
  ctx: CallContext,
): Promise<PlatformHealth> {
  const components = await Promise.all(
    deps.components.map((component) => checkOne(deps, component, ctx)),
  );
  const isDown = components.some(
    (one, i) => one.status === "unhealthy" && deps.components[i]?.critical === true,
  );
  const isWell = components.every((one) => one.status === "healthy");
  return { status: isDown ? "unhealthy" : isWell ? "healthy" : "degraded", components };
}

async function checkOne(
  deps: CheckComponentsDeps,
  component: ComponentCheck,
  ctx: CallContext,
): Promise<ComponentHealth> {
  const limitMs = deps.limitMs ?? CHECK_LIMIT_MS;
  const startedAt = deps.clock.now();
  const limit = AbortSignal.any([ctx.signal, AbortSignal.timeout(limitMs)]);
  const { name } = component;
  try {
    return { name, ...(await withinLimit(component, limit)) };
  } catch (error) {
    const evidence = limit.aborted ? `no answer within ${limitMs / 1000} s` : "the check failed";
    ctx.log.warn("component check failed", { component: name, ...errorFields(error) });
    return { name, status: "unhealthy", evidence, latencyMs: deps.clock.now() - startedAt };
  }
}

/** A check that ignores its signal is left behind. */
async function withinLimit(component: ComponentCheck, signal: AbortSignal): Promise<CheckResult> {
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([component.check(signal), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

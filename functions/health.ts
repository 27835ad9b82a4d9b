/** Health: is the process alive, can it serve, what do the parts and the models say. */
import { watchMisses } from "../shared/cache/watch-misses.ts";
import { HealthAnswer, LiveAnswer, ReadyAnswer } from "../shared/contract/health.ts";
import { checkComponents } from "../shared/health/check-components.ts";
import { checkModelEndpoints } from "../shared/health/check-model-endpoints.ts";
import { allModelHealth } from "../shared/health/read-model-health.ts";
import { defineHttp, defineStandalone, defineTimer, defineWarmup } from "./define.ts";

const tag = "Operations";
/** One check per minute, whichever instance's timer comes first. */
const SLOT_MS = 60_000;

export const health = defineHttp({
  name: "health",
  method: "GET",
  route: "health",
  tag,
  access: { permission: "health:read" },
  idempotency: "none",
  summary: "Every component and model with evidence; 503 when unhealthy",
  input: {},
  output: HealthAnswer,
  handle: async (deps, _input, ctx) => {
    const [platform, models] = await Promise.all([
      checkComponents(deps, ctx),
      allModelHealth(deps),
    ]);
    const components = platform.components.map(({ name, status, evidence, latencyMs }) => ({
      name,
      status,
      evidence,
      latency_ms: latencyMs,
    }));
    const status =
      platform.status === "healthy" && models.some((model) => model.state === "unhealthy")
        ? "degraded"
        : platform.status;
    return {
      status: status === "unhealthy" ? 503 : 200,
      body: {
        status,
        at: new Date(ctx.now).toISOString(),
        version: deps.version,
        components,
        models,
      },
    };
  },
});

export const live = defineStandalone({
  name: "health-live",
  method: "GET",
  route: "health/live",
  tag,
  summary: "The process answers",
  input: {},
  output: LiveAnswer,
  handle: async () => ({ body: { status: "live" } }),
});

/** Reaching this line means that the configuration held, the database answered and its schema is current. */
export const ready = defineHttp({
  name: "health-ready",
  method: "GET",
  route: "health/ready",
  tag,
  access: "public",
  idempotency: "none",
  summary: "200 once the application can serve",
  input: {},
  output: ReadyAnswer,
  handle: async (deps) => {
    await deps.checkReady();
    return { body: { status: "ready" } };
  },
});

export const healthCheck = defineTimer({
  name: "health-check",
  schedule: "0 * * * * *",
  runOnStartup: false,
  summary:
    "Asks every registered model's endpoint whether it lives, and each source's cache how much it misses; opens and resolves incidents",
  handle: async (deps, ctx) => {
    const slot = Math.floor(ctx.now / SLOT_MS) * SLOT_MS;
    // Each is done whatever becomes of the other; the run fails where one of them did.
    const done = await Promise.allSettled([
      watchMisses(deps, ctx),
      checkModelEndpoints(deps, slot, ctx),
    ]);
    for (const one of done) if (one.status === "rejected") throw one.reason;
  },
});

/** Being handed `deps` opened the stores and loaded the adapters; the first statement makes the parser ready to run. */
export const warmUp = defineWarmup({
  name: "warm-up",
  summary:
    "Opens the metadata database, the SQL guard and the question network before an instance takes traffic",
  handle: async (deps) => {
    await deps.checkReady();
    (await deps.guards.of("postgres")).check("select 1");
    await deps.ask.prepare?.();
  },
});

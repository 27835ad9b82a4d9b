/** The health of components and of model endpoints. */
// covers: HEALTH-01, HEALTH-03, HEALTH-04
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryHealthStore } from "../../../shared/adapters/memory/health-store.ts";
import type { NewIncident } from "../../../shared/alerts/ports.ts";
import { checkComponents } from "../../../shared/health/check-components.ts";
import {
  type CheckModelEndpointsDeps,
  checkModelEndpoints,
} from "../../../shared/health/check-model-endpoints.ts";
import {
  type CheckOutcome,
  type HealthCount,
  nextHealth,
  unknownHealth,
} from "../../../shared/health/health-state.ts";
import type { CheckResult, HealthLevel, ModelEndpoint } from "../../../shared/health/ports.ts";
import type { OutboundRequest, OutboundResult } from "../../../shared/outbound/ports.ts";
import { manualClock, testContext } from "../../support/call-context.ts";

const run = (outcomes: readonly CheckOutcome[]) => {
  let count: HealthCount = unknownHealth;
  return outcomes.map((outcome) => {
    const step = nextHealth(count, outcome);
    count = step;
    return step;
  });
};

describe("the health of a target", () => {
  it("alarms at the third failure in a row and recovers at the second success in a row", () => {
    const steps = run(["failed", "failed", "failed", "failed", "ok", "failed", "ok", "ok", "ok"]);
    expect(steps.map(({ state }) => state)).toEqual([
      "failing",
      "failing",
      "unhealthy",
      "unhealthy",
      "unhealthy",
      "unhealthy",
      "unhealthy",
      "healthy",
      "healthy",
    ]);
    expect(steps.map(({ event }) => event)).toEqual([
      null,
      null,
      "became-unhealthy",
      null,
      null,
      null,
      null,
      "recovered",
      null,
    ]);
  });

  it("keeps its promises for every course of events", () => {
    const course = fc.array(fc.constantFrom<CheckOutcome>("ok", "failed"), { maxLength: 60 });
    fc.assert(
      fc.property(course, (outcomes) => {
        const steps = run(outcomes);
        const events = steps.flatMap(({ event }) => event ?? []);
        expect(events).toEqual(
          events.map((_, i) => (i % 2 === 0 ? "became-unhealthy" : "recovered")),
        );
        steps.forEach((step, i) => {
          const lastThree = outcomes.slice(Math.max(0, i - 2), i + 1);
          if (step.event === "became-unhealthy")
            expect(lastThree).toEqual(["failed", "failed", "failed"]);
          if (step.event === "recovered") expect(lastThree.slice(-2)).toEqual(["ok", "ok"]);
          if (lastThree.length === 3 && !lastThree.includes("ok"))
            expect(step.state).toBe("unhealthy");
          expect(Math.min(step.consecutiveFailures, step.consecutiveSuccesses)).toBe(0);
        });
      }),
    );
  });
});

describe("the components", () => {
  const component = (name: string, status: HealthLevel, critical = false) => ({
    name,
    critical,
    check: async (): Promise<CheckResult> => ({ status, evidence: "e", latencyMs: 1 }),
  });
  const clock = manualClock();

  it.each([
    [[component("a", "healthy", true), component("b", "healthy")], "healthy"],
    [[component("a", "healthy", true), component("b", "unhealthy")], "degraded"],
    [[component("a", "degraded", true), component("b", "healthy")], "degraded"],
    [[component("a", "unhealthy", true), component("b", "healthy")], "unhealthy"],
    [[], "healthy"],
  ] as const)("are judged together: %#", async (components, status) => {
    expect((await checkComponents({ components, clock }, testContext().ctx)).status).toBe(status);
  });

  it("cannot hold the answer, and a failing one tells nothing of its inside", async () => {
    const hanging = { name: "hangs", critical: false, check: () => new Promise<never>(() => {}) };
    const throwing = {
      name: "throws",
      critical: true,
      check: () => Promise.reject(new Error("password=secret")),
    };
    const { ctx, lines } = testContext();
    const health = await checkComponents(
      { components: [hanging, throwing, component("fine", "healthy")], clock, limitMs: 20 },
      ctx,
    );
    expect(health).toMatchObject({
      status: "unhealthy",
      components: [
        { name: "hangs", status: "unhealthy", evidence: "no answer within 0.02 s" },
        { name: "throws", status: "unhealthy", evidence: "the check failed" },
        { name: "fine", status: "healthy" },
      ],
    });
    expect(JSON.stringify(health)).not.toContain("secret");
    expect(lines).toHaveLength(2);
  });
});

const answer = (status: number): OutboundResult => ({
  kind: "response",
  status,
  headers: {},
  body: "",
  latencyMs: 4,
});

function modelBench(results: Record<string, OutboundResult>, count = 1) {
  const list: ModelEndpoint[] = Array.from({ length: count }, (_, i) => ({
    modelId: `m${i}`,
    version: 1,
    url: `https://m${i}.example.test/`,
  }));
  const openedNow = new Map<string, NewIncident>();
  const told: string[] = [];
  const asked: OutboundRequest[] = [];
  let running = 0;
  const load = { most: 0 };
  const deps: CheckModelEndpointsDeps = {
    models: { endpoints: async () => list },
    health: createMemoryHealthStore(),
    clock: manualClock(),
    outbound: {
      async send(request) {
        asked.push(request);
        load.most = Math.max(load.most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return results[new URL(request.url).hostname.split(".")[0] ?? ""] ?? answer(200);
      },
    },
    async openIncident(incident) {
      if (!openedNow.has(incident.dedupKey)) told.push(`open ${incident.dedupKey}`);
      openedNow.set(incident.dedupKey, incident);
    },
    async resolveIncident(key) {
      if (openedNow.delete(key)) told.push(`resolve ${key}`);
    },
  };
  return { deps, list, told, asked, load, results, openedNow, ...testContext() };
}

describe("the model endpoints", () => {
  it("open an incident at the third bad slot and resolve it at the second good one", async () => {
    const bench = modelBench({ m0: answer(503) });
    for (let slot = 1; slot <= 4; slot++) await checkModelEndpoints(bench.deps, slot, bench.ctx);
    expect(bench.told).toEqual(["open model_unhealthy:m0"]);
    expect(bench.openedNow.get("model_unhealthy:m0")).toMatchObject({
      rule: "model_unhealthy",
      severity: "critical",
      evidence: { evidence: "status 503" },
    });
    bench.results.m0 = answer(404);
    await checkModelEndpoints(bench.deps, 5, bench.ctx);
    expect(bench.told).toHaveLength(1);
    await checkModelEndpoints(bench.deps, 6, bench.ctx);
    await checkModelEndpoints(bench.deps, 7, bench.ctx);
    expect(bench.told).toEqual(["open model_unhealthy:m0", "resolve model_unhealthy:m0"]);
  });

  it("count a slot once, however many instances run it", async () => {
    const bench = modelBench({ m0: answer(500) });
    for (const slot of [1, 2])
      await Promise.all(
        Array.from({ length: 6 }, () => checkModelEndpoints(bench.deps, slot, bench.ctx)),
      );
    expect(bench.told).toEqual([]);
    await Promise.all(
      Array.from({ length: 6 }, () => checkModelEndpoints(bench.deps, 3, bench.ctx)),
    );
    expect(bench.told).toEqual(["open model_unhealthy:m0"]);
  });

  it.each([
    [
      { kind: "refused", reason: "the address is not on the public internet" },
      "not allowed by the outbound policy: the address is not on the public internet",
    ],
    [{ kind: "timeout", latencyMs: 5000 }, "no answer within 5 s"],
    [
      { kind: "unreachable", reason: "the connection was refused", latencyMs: 1 },
      "the connection was refused",
    ],
  ] as const)("keep the evidence of %j", async (result, evidence) => {
    const bench = modelBench({ m0: result });
    await checkModelEndpoints(bench.deps, 1, bench.ctx);
    expect(await bench.deps.health.load("model:m0")).toMatchObject({ state: "failing", evidence });
  });

  it("are asked eight at a time, by GET, each within five seconds", async () => {
    const bench = modelBench({}, 40);
    expect(await checkModelEndpoints(bench.deps, 1, bench.ctx)).toEqual({
      checked: 40,
      unhealthy: 0,
      errors: 0,
    });
    expect(bench.load.most).toBe(8);
    expect(bench.asked).toHaveLength(40);
    expect(
      bench.asked.every(({ method, timeoutMs }) => method === "GET" && timeoutMs === 5000),
    ).toBe(true);
  });

  it("make good at the next slot what an instance that died left undone", async () => {
    const bench = modelBench({ m0: answer(500) });
    const dying = { ...bench.deps, openIncident: () => Promise.reject(new Error("died")) };
    for (const slot of [1, 2, 3]) await checkModelEndpoints(dying, slot, bench.ctx);
    expect(bench.told).toEqual([]);
    await checkModelEndpoints(bench.deps, 4, bench.ctx);
    expect(bench.told).toEqual(["open model_unhealthy:m0"]);
    bench.results.m0 = answer(200);
    const dyingAgain = { ...bench.deps, resolveIncident: () => Promise.reject(new Error("died")) };
    for (const slot of [5, 6]) await checkModelEndpoints(dyingAgain, slot, bench.ctx);
    expect(bench.told).toHaveLength(1);
    await checkModelEndpoints(bench.deps, 7, bench.ctx);
    expect(bench.told).toEqual(["open model_unhealthy:m0", "resolve model_unhealthy:m0"]);
  });

  it("keep one broken check from stopping the others", async () => {
    const bench = modelBench({}, 3);
    const { outbound } = bench.deps;
    const broken = {
      ...bench.deps,
      outbound: {
        send: (...args: Parameters<typeof outbound.send>) =>
          args[0].url.includes("m1") ? Promise.reject(new Error("bug")) : outbound.send(...args),
      },
    };
    expect(await checkModelEndpoints(broken, 1, bench.ctx)).toEqual({
      checked: 3,
      unhealthy: 0,
      errors: 1,
    });
    expect(bench.lines).toMatchObject([
      { level: "error", message: "model health check broke", fields: { modelId: "m1" } },
    ]);
  });

  it("are forgotten with their incident when the model is served no more", async () => {
    const bench = modelBench({ m0: answer(500) }, 2);
    for (const slot of [1, 2, 3]) await checkModelEndpoints(bench.deps, slot, bench.ctx);
    bench.list.shift();
    await checkModelEndpoints(bench.deps, 4, bench.ctx);
    expect(bench.told).toEqual(["open model_unhealthy:m0", "resolve model_unhealthy:m0"]);
    expect((await bench.deps.health.list("model:")).map(({ target }) => target)).toEqual([
      "model:m1",
    ]);
  });
});

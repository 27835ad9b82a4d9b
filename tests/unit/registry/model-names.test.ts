/** The memory of model names: one read for many queries, never long after a label moved, and nothing that failed. */
// covers: CACHE-18
import { describe, expect, it } from "vitest";
import { createModelNames, MODEL_NAMES_MS } from "../../../shared/registry/model-names.ts";
import type { ModelRow, VersionRow } from "../../../shared/registry/ports.ts";
import { manualClock } from "../../support/call-context.ts";

function registry() {
  const clock = manualClock();
  const labels: Record<string, number> = { production: 1 };
  const state = { reads: 0, known: true, away: false };
  const names = createModelNames({
    clock,
    models: {
      get: async (modelId) => {
        state.reads++;
        if (state.away) throw new Error("the database is away");
        if (!state.known) return null;
        return { modelId, latestVersion: 3, labels: { ...labels } } as unknown as ModelRow;
      },
      version: async (modelId, version) =>
        version <= 3 ? ({ modelId, version } as VersionRow) : null,
      events: async () => [],
    },
  });
  return { clock, labels, state, names };
}

describe("a model's name", () => {
  it("means the newest version, a label's or the one that is numbered", async () => {
    const { names } = registry();
    expect(await names.resolve("churn")).toEqual({ modelId: "churn", version: 3 });
    expect(await names.resolve("churn@production")).toEqual({ modelId: "churn", version: 1 });
    expect(await names.resolve("churn@2")).toEqual({ modelId: "churn", version: 2 });
  });

  it("is read once for all who ask in its time, and again after it", async () => {
    const { names, clock, labels, state } = registry();
    await Promise.all(Array.from({ length: 100 }, () => names.resolve("churn@production")));
    expect(state.reads).toBe(1);
    labels.production = 2;
    clock.advance(MODEL_NAMES_MS - 1);
    expect(await names.resolve("churn@production")).toMatchObject({ version: 1 });
    expect(state.reads).toBe(1);
    clock.advance(1);
    expect(await names.resolve("churn@production")).toMatchObject({ version: 2 });
    expect(state.reads).toBe(2);
  });

  it("is read again when the clock was set back", async () => {
    const { names, clock, state } = registry();
    await names.resolve("churn");
    clock.advance(-1);
    await names.resolve("churn");
    expect(state.reads).toBe(2);
  });

  it("that nobody has is an error each time, until it is registered", async () => {
    const { names, state } = registry();
    state.known = false;
    for (let i = 0; i < 2; i++)
      await expect(names.resolve("churn")).rejects.toMatchObject({ code: "model_not_found" });
    await expect(names.resolve("churn@9")).rejects.toMatchObject({ code: "model_not_found" });
    state.known = true;
    expect(await names.resolve("churn")).toMatchObject({ version: 3 });
    await expect(names.resolve("churn@9")).rejects.toMatchObject({ code: "model_not_found" });
    await expect(names.resolve("churn@blue")).rejects.toMatchObject({ code: "label_not_found" });
  });

  it("that could not be read is not remembered as such", async () => {
    const { names, state } = registry();
    state.away = true;
    await expect(names.resolve("churn")).rejects.toThrow("away");
    state.away = false;
    expect(await names.resolve("churn")).toMatchObject({ modelId: "churn" });
  });
});

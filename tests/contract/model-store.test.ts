/** The ModelStore suite on both databases, and the registry's use-cases over it. */
// covers: REG-02, REG-03, REG-07, REG-10, REG-13
import { describe, expect, it } from "vitest";
import { createModelStore } from "../../shared/adapters/metadata/model-store.ts";
import { ModelConfig } from "../../shared/contract/models.ts";
import { AppError } from "../../shared/kernel/app-error.ts";
import { moveLabel, rollBackLabel } from "../../shared/registry/move-label.ts";
import { resolveModel } from "../../shared/registry/read-model.ts";
import { registerModel } from "../../shared/registry/register-model.ts";
import { testContext } from "../support/call-context.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";
import { describeModelStore } from "./model-store-suite.ts";

const at = (now: number) => testContext(undefined, now).ctx;

onBothDatabases("ModelStore", (db) => {
  describeModelStore(() => createModelStore(db()));

  describe("the registry over it", () => {
    const deps = () => ({
      models: createModelStore(db()),
      refuseEndpoint: () => null,
      refuseSchema: async () => null,
    });
    const register = (modelId: string, timeout: number, now: number) =>
      registerModel(
        deps(),
        ModelConfig.parse({ model_id: modelId, backend: "local", timeout }),
        at(now),
      );

    it("answers what a label and the newest version were at an earlier time", async () => {
      await register("history", 1, 1_000);
      await register("history", 2, 2_000);
      for (const [version, now] of [
        [1, 3_000],
        [2, 4_000],
      ] as const)
        await moveLabel(
          deps(),
          { modelId: "history", label: "production", version, reason: "go" },
          at(now),
        );
      const read = async (ref: string, when: number | null) =>
        (await resolveModel(deps(), ref, when)).version.version;
      expect(await read("history@production", 3_999)).toBe(1);
      expect(await read("history@production", null)).toBe(2);
      expect(await read("history", 1_999)).toBe(1);
      expect(await read("history", null)).toBe(2);
      expect(await read("history@1", null)).toBe(1);
      await expect(read("history@2", 1_999)).rejects.toMatchObject({ code: "model_not_found" });
      await expect(read("history@production", 2_999)).rejects.toMatchObject({
        code: "label_not_found",
      });
      await expect(read("history", 999)).rejects.toMatchObject({ code: "model_not_found" });
      await expect(read(`history@${"9".repeat(60)}`, null)).rejects.toMatchObject({
        code: "model_not_found",
      });
    });

    it("rolls back to where the label was, twice in a row, and then refuses", async () => {
      for (const i of [1, 2, 3]) await register("rolled", i, i);
      for (const version of [1, 2, 3])
        await moveLabel(
          deps(),
          { modelId: "rolled", label: "production", version, reason: "go" },
          at(10 + version),
        );
      const back = () =>
        rollBackLabel(deps(), { modelId: "rolled", label: "production", reason: "bad" }, at(20));
      expect((await back()).version).toBe(2);
      expect((await back()).version).toBe(1);
      await expect(back()).rejects.toMatchObject({ code: "rollback_impossible" });
    });

    it("refuses a configuration with text that the database cannot hold, naming the field", async () => {
      for (const text of ["a\u0000b", "\ud800", "x\udc00"]) {
        const config = ModelConfig.parse({
          model_id: "unstorable",
          backend: "local",
          additional_params: { deep: [{ note: text }] },
        });
        const refused = await registerModel(deps(), config, at(1)).catch((error) => error);
        expect(refused).toBeInstanceOf(AppError);
        expect(refused).toMatchObject({
          code: "request_invalid",
          fields: [{ pointer: "/additional_params/deep/0/note" }],
        });
      }
    });
  });
});

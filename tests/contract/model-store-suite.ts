/** What every ModelStore promises: immutable versions, one writer at a time, a ledger in order. */
// covers: REG-02, REG-03, REG-04, REG-05, REG-06, REG-08, REG-10, REG-13
import { beforeAll, describe, expect, it } from "vitest";
import { ModelConfig } from "../../shared/contract/models.ts";
import type { ModelStore } from "../../shared/registry/ports.ts";
import { configDigest } from "../../shared/registry/register-model.ts";

const T0 = Date.parse("2026-03-01T12:00:00.000Z");
const by = (who: string, at = T0, reason: string | null = null) => ({ by: who, at, reason });

const config = (modelId: string, timeout = 30): ModelConfig =>
  ModelConfig.parse({ model_id: modelId, backend: "local", timeout });

export function describeModelStore(open: () => ModelStore): void {
  let models: ModelStore;
  beforeAll(() => {
    models = open();
  });
  const register = (one: ModelConfig, at = T0) =>
    models.register(one, configDigest(one), by("alice", at));

  describe("registering", () => {
    it("gives the same configuration the same version, and makes no event of the repeat", async () => {
      expect(await register(config("same"))).toEqual({ version: 1, created: true });
      expect(await register(config("same"))).toEqual({ version: 1, created: false });
      expect(await models.events("same", null)).toHaveLength(1);
      expect((await models.get("same"))?.revision).toBe(2);
    });

    it("makes one version of 20 parallel registrations of one configuration", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => register(config("race-one"))));
      expect(all.map((one) => one.version)).toEqual(Array(20).fill(1));
      expect(all.filter((one) => one.created)).toHaveLength(1);
      expect(await models.versions("race-one", 50, null)).toHaveLength(1);
    });

    it("numbers parallel registrations of different configurations 1 to n without a gap", async () => {
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, i) => register(config("race-many", i + 1))),
      );
      const numbers = all.map((one) => one.version).sort((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      const events = await models.events("race-many", null);
      expect(events.map((event) => event.version)).toEqual(numbers);
      expect((await models.get("race-many"))?.latestVersion).toBe(20);
    });

    it("keeps a version's configuration, digest, author and time as they were given", async () => {
      const one = config("kept", 12.5);
      await register(one, T0 + 7);
      expect(await models.version("kept", 1)).toEqual({
        modelId: "kept",
        version: 1,
        digest: configDigest(one),
        config: one,
        createdAt: T0 + 7,
        createdBy: "alice",
      });
    });
  });

  describe("reading", () => {
    it("knows nothing of a model that was never registered", async () => {
      expect(await models.get("nobody")).toBeNull();
      expect(await models.version("nobody", 1)).toBeNull();
      expect(await models.versions("nobody", 10, null)).toEqual([]);
      expect(await models.events("nobody", null)).toEqual([]);
    });

    it("has no version of a number beyond any that is stored, however large", async () => {
      await register(config("few"));
      for (const version of [0, 2, 2_147_483_648, 9_007_199_254_740_991, 1e100])
        expect(await models.version("few", version)).toBeNull();
    });

    it("pages versions newest first, and models by id", async () => {
      for (const i of [1, 2, 3, 4]) await register(config("paged", i));
      const numbers = async (limit: number, before: number | null) =>
        (await models.versions("paged", limit, before)).map((row) => row.version);
      expect(await numbers(3, null)).toEqual([4, 3, 2]);
      expect(await numbers(3, 2)).toEqual([1]);
      for (const id of ["zz-b", "zz-a", "zz-c"]) await register(config(id));
      expect((await models.list(2, "zz")).map((row) => row.modelId)).toEqual(["zz-a", "zz-b"]);
      expect((await models.list(2, "zz-b")).map((row) => row.modelId)).toEqual(["zz-c"]);
    });

    it("shows the ledger up to and including a time, and not a millisecond beyond", async () => {
      await register(config("timed", 1), T0);
      await register(config("timed", 2), T0 + 1_000);
      const until = async (at: number) =>
        (await models.events("timed", at)).map((event) => event.version);
      expect(await until(T0 - 1)).toEqual([]);
      expect(await until(T0)).toEqual([1]);
      expect(await until(T0 + 999)).toEqual([1]);
      expect(await until(T0 + 1_000)).toEqual([1, 2]);
    });
  });
  describeLabels(() => models, register);
}

function describeLabels(
  models: () => ModelStore,
  register: (one: ModelConfig, at?: number) => Promise<{ version: number }>,
): void {
  describe("labels, retiring, describing", () => {
    it("moves a label only from where the writer thought it was", async () => {
      await register(config("label", 1));
      await register(config("label", 2));
      const move = (version: number, expected: number | null) =>
        models().moveLabel("label", "production", version, expected, by("bob", T0 + 5, "why"));
      expect(await move(1, 2)).toBe(false);
      expect(await move(1, null)).toBe(true);
      expect(await move(2, null)).toBe(false);
      expect(await move(2, 1)).toBe(true);
      expect((await models().get("label"))?.labels).toEqual({ production: 2 });
      expect((await models().events("label", null)).slice(2)).toEqual(
        [1, 2].map((version) => ({
          event: "label-moved",
          at: T0 + 5,
          by: "bob",
          version,
          label: "production",
          previousVersion: version === 1 ? null : 1,
          reason: "why",
        })),
      );
    });

    it("lets one of 20 movers from the same place win", async () => {
      await register(config("label-race"));
      const moved = await Promise.all(
        Array.from({ length: 20 }, () =>
          models().moveLabel("label-race", "beta", 1, null, by("bob")),
        ),
      );
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await models().events("label-race", null)).toHaveLength(2);
    });

    it("retires once, and comes back with the next registration without a new version", async () => {
      await register(config("old"));
      await models().retire("old", by("bob"));
      await models().retire("old", by("bob"));
      expect((await models().get("old"))?.status).toBe("retired");
      expect(await register(config("old"))).toEqual({ version: 1, created: false });
      expect((await models().get("old"))?.status).toBe("active");
      expect((await models().events("old", null)).map((one) => one.event)).toEqual([
        "version-registered",
        "model-retired",
        "model-restored",
      ]);
    });

    it("describes a model only at the revision that was read, and counts every change", async () => {
      await register(config("described"));
      const revision = (await models().get("described"))?.revision as number;
      expect(await models().describe("described", "one", revision, T0 + 1)).toBe(true);
      expect(await models().describe("described", "two", revision, T0 + 2)).toBe(false);
      expect(await models().describe("described", null, null, T0 + 3)).toBe(true);
      expect(await models().describe("nobody", "x", null, T0)).toBe(false);
      expect(await models().get("described")).toMatchObject({
        description: null,
        revision: revision + 2,
        updatedAt: T0 + 3,
      });
    });

    it("serves the production version, else the newest, and never a retired model", async () => {
      for (const id of ["s-a", "s-b", "s-c"])
        for (const timeout of [1, 2]) await register(config(id, timeout));
      await models().moveLabel("s-a", "production", 2, null, by("bob"));
      await models().moveLabel("s-a", "production", 1, 2, by("bob"));
      await models().moveLabel("s-b", "beta", 1, null, by("bob"));
      await models().retire("s-c", by("bob"));
      const served = (await models().serving(50, "s")).filter((one) =>
        one.modelId.startsWith("s-"),
      );
      expect(served.map((one) => [one.modelId, one.version])).toEqual([
        ["s-a", 1],
        ["s-b", 2],
      ]);
      expect((await models().serving(1, "s-a"))[0]?.modelId).toBe("s-b");
    });
  });
}

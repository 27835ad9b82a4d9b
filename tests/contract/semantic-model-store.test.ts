/** Semantic models in the metadata schema, on both databases: immutable versions, one in force, no gap under parallel writers. */
// covers: SEM-01
import { expect, it } from "vitest";
import { createSemanticModelStore } from "../../shared/adapters/metadata/semantic-model-store.ts";
import { createSourceStore } from "../../shared/adapters/metadata/source-store.ts";
import { SemanticModel } from "../../shared/contract/semantic-model.ts";
import { modelDigest } from "../../shared/semantic/save-model.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const model = (name: string) => SemanticModel.parse({ tables: [{ name, synonyms: ["ü", '"q"'] }] });
const change = { by: "key_1", at: Date.parse("2026-05-14T12:00:00Z") };

onBothDatabases("SemanticModelStore", (db) => {
  const store = () => createSemanticModelStore(db());
  const put = (sourceId: string, name: string) =>
    store().put(sourceId, model(name), modelDigest(model(name)), change);

  it("gives back what was put, as it was put, and null where nothing is in force", async () => {
    expect(await store().current("none")).toBeNull();
    const { stored, created } = await put("one", "a");
    expect(created).toBe(true);
    expect(stored).toEqual({
      sourceId: "one",
      version: 1,
      digest: modelDigest(model("a")),
      model: model("a"),
      createdAt: change.at,
      createdBy: "key_1",
    });
    expect(await store().current("one")).toEqual(stored);
  });

  it("knows a model again by its digest, and puts its version back in force", async () => {
    expect((await put("two", "a")).stored.version).toBe(1);
    expect((await put("two", "b")).stored.version).toBe(2);
    expect(await put("two", "a")).toMatchObject({ created: false, stored: { version: 1 } });
    expect((await store().current("two"))?.version).toBe(1);
    expect((await put("two", "c")).stored.version).toBe(3);
  });

  it("numbers parallel writers without gap or twin", async () => {
    const puts = await Promise.all(["a", "b", "c", "d", "a", "b"].map((name) => put("many", name)));
    expect([...new Set(puts.map(({ stored }) => stored.version))].sort()).toEqual([1, 2, 3, 4]);
    expect(puts.filter(({ created }) => created)).toHaveLength(4);
  });

  it("keeps versions when the model is taken out of force", async () => {
    await put("three", "a");
    expect(await store().retire("three")).toBe(true);
    expect(await store().current("three")).toBeNull();
    expect(await store().retire("three")).toBe(false);
    expect((await put("three", "b")).stored.version).toBe(2);
  });

  it("leaves nothing in force for the namesake of a source that was removed", async () => {
    const sources = createSourceStore(db());
    const source = {
      sourceId: "gone",
      type: "postgres",
      config: {},
      builtin: false,
      createdAt: "2026-05-14T12:00:00.000Z",
      sealedCredentials: "x",
    };
    await sources.insert(source, "key_1");
    await put("gone", "a");
    expect(await sources.remove("gone")).toBe(true);
    expect(await store().current("gone")).toBeNull();
  });
});

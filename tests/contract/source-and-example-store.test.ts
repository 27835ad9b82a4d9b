/** What the SourceStore and the ExampleStore promise, on both databases. */
// covers: SRC-01, QRY-13
import { describe, expect, it } from "vitest";
import { createExampleStore } from "../../shared/adapters/metadata/example-store.ts";
import { createSourceStore } from "../../shared/adapters/metadata/source-store.ts";
import type { StoredExample } from "../../shared/query/ports.ts";
import type { StoredSource } from "../../shared/sources/store-ports.ts";
import { manualClock } from "../support/call-context.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const source = (sourceId: string): StoredSource => ({
  sourceId,
  type: "postgres",
  config: { host: "db", port: 5432, schemas: ["public", 'odd "one"'] },
  builtin: false,
  createdAt: "2026-03-01T12:00:00.123Z",
  sealedCredentials: `sealed-${sourceId}`,
});

const example = (part: Partial<StoredExample> = {}): StoredExample => ({
  exampleId: "ex_1",
  sourceId: "s",
  question: "How many {n:int}?",
  sql: "select $1",
  slots: ["n"],
  createdAt: Date.parse("2026-03-01T12:00:00.000Z"),
  createdBy: "key:alice",
  ...part,
});

onBothDatabases("SourceStore", (db) => {
  const store = () => createSourceStore(db());

  it("gives back what was registered, and shows no credentials in the list", async () => {
    expect(await store().insert(source("a"), "key:alice")).toBe(true);
    expect(await store().get("a")).toEqual(source("a"));
    expect(JSON.stringify(await store().list())).not.toContain("sealed-");
    expect(await store().get("b")).toBeNull();
  });

  it("takes one of 20 parallel registrations of a name", async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => store().insert(source("race"), "key:alice")),
    );
    expect(all.filter(Boolean)).toHaveLength(1);
  });

  it("lists by name, and removes once", async () => {
    for (const name of ["z", "m"]) await store().insert(source(name), "key:alice");
    const names = (await store().list()).map((one) => one.sourceId);
    expect(names).toEqual([...names].sort());
    expect(await store().remove("z")).toBe(true);
    expect(await store().remove("z")).toBe(false);
    expect(await store().insert(source("z"), "key:bob")).toBe(true);
  });
});

onBothDatabases("ExampleStore", (db) => {
  const clock = manualClock();
  const shipped = {
    exampleId: "ex_0",
    sourceId: "s",
    question: "All?",
    sql: "select 1",
    slots: [],
  };
  const open = () => createExampleStore(db(), clock, [shipped]);

  it("shows taught examples before those that came with the installation, of one source only", async () => {
    const store = open();
    await store.put(example(), "how many");
    await store.put(example({ exampleId: "ex_other", sourceId: "t" }), "how many");
    expect(await store.forSource("s")).toEqual([
      example(),
      { ...shipped, createdAt: null, createdBy: "system:install" },
    ]);
  });

  it("replaces the example of the same question", async () => {
    const store = open();
    await store.put(example({ sourceId: "r", exampleId: "ex_r1" }), "same");
    await store.put(example({ sourceId: "r", exampleId: "ex_r2", sql: "select 2" }), "same");
    const stored = await store.forSource("r");
    expect(stored.map((one) => [one.exampleId, one.sql])).toEqual([["ex_r2", "select 2"]]);
  });

  it("removes once, and never what came with the installation", async () => {
    const store = open();
    await store.put(example({ sourceId: "d", exampleId: "ex_d" }), "d");
    await store.forSource("d");
    expect(await store.remove("ex_d", ["elsewhere"])).toBe(false);
    expect(await store.remove("ex_d", [])).toBe(false);
    expect(await store.remove("ex_d", ["elsewhere", "d"])).toBe(true);
    expect(await store.remove("ex_d", "all")).toBe(false);
    expect(await store.remove("ex_0", "all")).toBe(false);
    expect(await store.forSource("d")).toEqual([]);
  });

  describe("on two instances", () => {
    it("shows the other's example two seconds later, and the same array while nothing changed", async () => {
      const [one, two] = [open(), open()];
      const before = await two.forSource("i");
      await one.put(example({ sourceId: "i", exampleId: "ex_i" }), "i");
      clock.advance(1_999);
      expect(await two.forSource("i")).toBe(before);
      clock.advance(1);
      const after = await two.forSource("i");
      expect(after).toHaveLength(1);
      clock.advance(10_000);
      expect(await two.forSource("i")).toBe(after);
    });
  });
});

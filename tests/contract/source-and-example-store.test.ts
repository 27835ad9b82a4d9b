/** What the SourceStore, the ExampleStore and the FeedbackStore promise, on both databases. */
// covers: SRC-01, QRY-13, QRY-17
import { describe, expect, it } from "vitest";
import { createExampleStore } from "../../shared/adapters/metadata/example-store.ts";
import { createFeedbackStore } from "../../shared/adapters/metadata/feedback-store.ts";
import { createSourceStore } from "../../shared/adapters/metadata/source-store.ts";
import type { Feedback, StoredExample } from "../../shared/query/ports.ts";
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
  verification: {
    maskedQuestion: "how many <number>",
    canonicalSql: "SELECT $1",
    reads: [{ schema: "public", name: "t", columns: [{ name: "a", type: "text" }] }],
    schemaVersion: "v1",
    verifiedAt: Date.parse("2026-03-01T12:00:00.000Z"),
    verifiedBy: "key:alice",
  },
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
    expect(await store.insert(example(), "how many", null)).toBe(true);
    await store.insert(example({ exampleId: "ex_other", sourceId: "t" }), "how many", null);
    expect(await store.forSource("s")).toEqual([
      example(),
      { ...shipped, createdAt: null, createdBy: "system:install", verification: null },
    ]);
  });

  it("holds one example of a question: a second goes in only in the place of the first", async () => {
    const store = open();
    const second = example({ sourceId: "r", exampleId: "ex_r2", sql: "select 2" });
    await store.insert(example({ sourceId: "r", exampleId: "ex_r1" }), "same", null);
    expect(await store.insert(second, "same", null)).toBe(false);
    expect(await store.insert(second, "same", "ex_r1")).toBe(true);
    const stored = await store.forSource("r");
    expect(stored.map((one) => [one.exampleId, one.sql])).toEqual([["ex_r2", "select 2"]]);
  });

  it("takes one of 12 parallel examples of a question, over as many instances", async () => {
    const taken = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        open().insert(example({ sourceId: "p", exampleId: `ex_p${i}` }), "raced", null),
      ),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await open().readAnew("p")).toHaveLength(1);
  });

  it("shows what a new try found", async () => {
    const store = open();
    await store.insert(example({ sourceId: "v", exampleId: "ex_v" }), "v", null);
    await store.forSource("v");
    const { verification } = example();
    if (verification === null) throw new Error("the example is verified");
    await store.reverify("ex_v", { ...verification, verifiedBy: "key:bob" });
    expect((await store.forSource("v"))[0]?.verification?.verifiedBy).toBe("key:bob");
  });

  it("removes once, and never what came with the installation", async () => {
    const store = open();
    await store.insert(example({ sourceId: "d", exampleId: "ex_d" }), "d", null);
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
      await one.insert(example({ sourceId: "i", exampleId: "ex_i" }), "i", null);
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

onBothDatabases("FeedbackStore", (db) => {
  const clock = manualClock();
  const open = () => createFeedbackStore(db(), clock);
  const feedback = (part: Partial<Feedback> = {}): Feedback => ({
    queryId: "qry_1",
    principal: "key:alice",
    sourceId: "s",
    questionKey: "how many",
    correct: false,
    rejectedSql: "select 1",
    forAll: true,
    correction: null,
    exampleId: null,
    at: Date.parse("2026-03-01T12:00:00.000Z"),
    ...part,
  });

  it("keeps the first of 12 said at once of one answer by one caller, whichever instance hears it", async () => {
    const kept = await Promise.all(
      Array.from({ length: 12 }, (_, i) => open().record(feedback({ rejectedSql: `select ${i}` }))),
    );
    expect(new Set(kept.map((one) => one.rejectedSql)).size).toBe(1);
    expect(await open().find("qry_1", "key:alice")).toEqual(kept[0]);
    expect(await open().find("qry_1", "key:bob")).toBeNull();
  });

  it("gives back the rejections of a source, with whom they are for, until the question is verified anew", async () => {
    const store = open();
    await store.record(feedback({ queryId: "qry_2", sourceId: "t", forAll: false }));
    await store.record(feedback({ queryId: "qry_3", sourceId: "t", questionKey: "other" }));
    await store.record(
      feedback({
        queryId: "qry_4",
        sourceId: "t",
        correct: true,
        rejectedSql: null,
        exampleId: "ex",
      }),
    );
    expect(await store.rejections("t")).toEqual(
      expect.arrayContaining([
        { questionKey: "how many", sql: "select 1", principal: "key:alice" },
        { questionKey: "other", sql: "select 1", principal: null },
      ]),
    );
    expect([...(await store.taughtKeys("t"))]).toEqual(["how many"]);
    await open().forgetRejections(
      "t",
      ({ questionKey, sql }) => `${questionKey}: ${sql}` === "how many: select 2",
    );
    expect(await open().rejections("t")).toHaveLength(2);
    await store.forgetRejections("t", ({ questionKey }) => questionKey === "how many");
    expect((await store.rejections("t")).map((one) => one.questionKey)).toEqual(["other"]);
  });

  it("shows another instance's rejection two seconds later", async () => {
    const [one, two] = [open(), open()];
    expect(await two.rejections("u")).toEqual([]);
    await one.record(feedback({ queryId: "qry_5", sourceId: "u" }));
    clock.advance(1_999);
    expect(await two.rejections("u")).toEqual([]);
    clock.advance(1);
    expect(await two.rejections("u")).toHaveLength(1);
  });
});

/** What the EpochStore, the CacheCounters and the QueryLog promise, on both databases. */
// covers: CACHE-03, CACHE-04, QRY-12, QRY-33
import { describe, expect, it } from "vitest";
import {
  addCounters,
  type CounterDelta,
  createCacheCounters,
  createEpochStore,
} from "../../shared/adapters/metadata/cache-stores.ts";
import { createQueryLog, writeQueryRecords } from "../../shared/adapters/metadata/query-log.ts";
import { createWriteBehind } from "../../shared/adapters/metadata/write-behind.ts";
import type { QueryRecord } from "../../shared/query/ports.ts";
import { manualClock, testContext } from "../support/call-context.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const T0 = Date.parse("2026-03-01T12:00:00.000Z");
const { log } = testContext().ctx;

const record = (queryId: string, part: Partial<QueryRecord> = {}): QueryRecord => ({
  queryId,
  at: T0,
  principal: "key:alice",
  sourceId: "demo",
  question: "How many?",
  sql: "select 1",
  outcome: "answer",
  provenance: "generated",
  cacheStatus: "miss",
  rowCount: 1,
  durationMs: 1.25,
  params: null,
  ...part,
});

onBothDatabases("EpochStore", (db) => {
  it("counts each of 20 parallel bumps of overlapping scopes, in whatever order they name them", async () => {
    const epochs = createEpochStore(db());
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        epochs.bump("race", i % 2 === 0 ? ["a", "b", "*any"] : ["*any", "b"]),
      ),
    );
    expect(await epochs.read("race")).toEqual(
      new Map([
        ["a", 10],
        ["b", 20],
        ["*any", 20],
      ]),
    );
  });

  it("keeps sources apart", async () => {
    const epochs = createEpochStore(db());
    await epochs.bump("one", ["t"]);
    expect(await epochs.read("two")).toEqual(new Map());
  });
});

onBothDatabases("CacheCounters", (db) => {
  const instance = (clock = manualClock()) => {
    const pending = createWriteBehind<CounterDelta>({
      name: "counters",
      flush: (deltas) => addCounters(db(), clock, deltas),
      log,
      batchSize: 7,
    });
    return createCacheCounters(db(), clock, pending);
  };

  it("adds up exactly what 8 instances count at the same time", async () => {
    const instances = Array.from({ length: 8 }, () => instance());
    for (const one of instances)
      for (let i = 0; i < 25; i++) {
        one.count("demo", i % 5 === 0 ? "miss:expired" : "hit");
        one.count("other", "store");
      }
    const totals = (await Promise.all(instances.map((one) => one.read(1)))).at(-1);
    expect(totals).toBeDefined();
    expect(await instance().read(1)).toEqual(
      new Map([
        [
          "demo",
          new Map([
            ["hit", 160],
            ["miss:expired", 40],
          ]),
        ],
        ["other", new Map([["store", 200]])],
      ]),
    );
  });

  it("reads the last days, today among them, and not the day before", async () => {
    const clock = manualClock(Date.parse("2026-06-01T23:59:59.999Z"));
    const counters = instance(clock);
    const hits = async (days: number) => (await counters.read(days)).get("daily")?.get("hit");
    counters.count("daily", "hit");
    expect(await hits(1)).toBe(1);
    clock.advance(1);
    expect(await hits(1)).toBeUndefined();
    expect(await hits(2)).toBe(1);
  });
});

onBothDatabases("QueryLog", (db) => {
  const open = () => {
    const pending = createWriteBehind<QueryRecord>({
      name: "queries",
      flush: (records) => writeQueryRecords(db(), records),
      log,
    });
    return createQueryLog(db(), pending);
  };
  const everything = { principal: null, sourceId: null, sources: null, limit: 50, beforeId: null };

  it("shows what was appended at once, newest first, page by page", async () => {
    const queries = open();
    const all = ["qry_3", "qry_1", "qry_2"].map((id) => record(id, { sourceId: "paged" }));
    for (const one of all) queries.append(one);
    const ids = async (part: object) =>
      (await queries.list({ ...everything, sourceId: "paged", ...part })).map((one) => one.queryId);
    expect(await ids({})).toEqual(["qry_3", "qry_2", "qry_1"]);
    expect(await ids({ limit: 2 })).toEqual(["qry_3", "qry_2"]);
    expect(await ids({ beforeId: "qry_2" })).toEqual(["qry_1"]);
  });

  it("finds one by its id, with the parameters of a question as they can be stored", async () => {
    const queries = open();
    const params = [5, "EMEA", null, ["a\u0000", "\ud800"]];
    queries.append(record("qry_find", { params }));
    expect(await queries.find("qry_find")).toEqual(
      record("qry_find", { params: [5, "EMEA", null, ["a\ufffd", "\ufffd"]] }),
    );
    expect(await queries.find("qry_none")).toBeNull();
  });

  it("counts answers of one text that nobody verified, most first, the newest of each standing for it", async () => {
    const queries = open();
    const said = (id: string, part: Partial<QueryRecord> = {}) =>
      queries.append(record(id, { sourceId: "often", ...part }));
    for (const id of ["qry_a1", "qry_a3", "qry_a2"]) said(id);
    said("qry_b1", { question: null, sql: "select 2", provenance: "given" });
    said("qry_c1", { principal: "key:bob" });
    said("qry_d1", { provenance: "verified" });
    said("qry_e1", { outcome: "query_failed", provenance: null });
    const counted = async (principal: string | null) =>
      (await queries.frequent({ principal, sourceId: "often" })).map((one) => [
        one.queryId,
        one.sql,
        one.count,
        one.at,
      ]);
    expect(await counted("key:alice")).toEqual([
      ["qry_a3", "select 1", 3, T0],
      ["qry_b1", "select 2", 1, T0],
    ]);
    expect((await counted(null))[0]).toEqual(["qry_c1", "select 1", 4, T0]);
    expect(await queries.frequent({ principal: null, sourceId: "nowhere" })).toEqual([]);
  });

  it("keeps every field, and text that the database could not hold is kept readable", async () => {
    const queries = open();
    const plain = record("qry_f", { sourceId: "fields" });
    const odd = record("qry_o", {
      sourceId: "fields",
      question: "a\u0000b\ud800c",
      sql: "x".repeat(300_000),
      provenance: null,
      cacheStatus: null,
      rowCount: null,
    });
    queries.append(plain);
    queries.append(odd);
    const [second, first] = await queries.list({ ...everything, sourceId: "fields" });
    expect(first).toEqual(plain);
    expect(second?.question).toBe("a\ufffdb\ufffdc");
    expect(second?.sql).toHaveLength(16_384);
  });

  it("writes a record once though its batch is sent twice", async () => {
    const records = [record("qry_twice", { sourceId: "twice" })];
    await writeQueryRecords(db(), records);
    await writeQueryRecords(db(), records);
    expect(await open().list({ ...everything, sourceId: "twice" })).toHaveLength(1);
  });

  describe("shows a caller", () => {
    it("only their own queries on the sources they may see, and nothing where they may see none", async () => {
      const queries = open();
      for (const [id, principal, sourceId] of [
        ["qry_w1", "key:w", "w1"],
        ["qry_w2", "key:w", "w2"],
        ["qry_w3", "key:v", "w1"],
      ] as const)
        queries.append(record(id, { principal, sourceId }));
      const ids = async (part: object) =>
        (await queries.list({ ...everything, ...part })).map((one) => one.queryId);
      expect(await ids({ principal: "key:w" })).toEqual(["qry_w2", "qry_w1"]);
      expect(await ids({ principal: "key:w", sources: ["w1"] })).toEqual(["qry_w1"]);
      expect(await ids({ sources: ["w1"] })).toEqual(["qry_w3", "qry_w1"]);
      expect(await ids({ sources: [] })).toEqual([]);
    });
  });
});

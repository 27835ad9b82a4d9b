/** The cache's one promise: what was computed before an invalidation is not served after it, but for the freshness window. */
// covers: CACHE-04, CACHE-05, CACHE-06
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryResultStore } from "../../../shared/adapters/memory/result-store.ts";
import type {
  CacheEvent,
  EpochStore,
  EpochVector,
  IdentityInput,
  QueryCache,
  RenderedResult,
} from "../../../shared/cache/ports.ts";
import { createQueryCache } from "../../../shared/cache/query-cache.ts";
import { resultIdentity } from "../../../shared/cache/result-identity.ts";
import type { TableInfo } from "../../../shared/sources/ports.ts";
import { renderKnown } from "../../support/result-stream.ts";

/** The shared epochs as a map: what the databases do is the contract suite's business. */
function memoryEpochs(): EpochStore {
  const epochs = new Map<string, Map<string, number>>();
  return {
    read: async (sourceId) => new Map(epochs.get(sourceId)),
    bump: async (sourceId, scopes) => {
      const source = epochs.get(sourceId) ?? new Map<string, number>();
      for (const scope of scopes) source.set(scope, (source.get(scope) ?? 0) + 1);
      epochs.set(sourceId, source);
    },
  };
}

const table = (name: string, kind: TableInfo["kind"] = "table"): TableInfo => ({
  schema: "public",
  name,
  kind,
  columns: [],
  primaryKey: [],
  foreignKeys: [],
});
const schema = { tables: [table("a"), table("b"), table("v", "view")], version: "1" };
const input = (tables: readonly string[], part: Partial<IdentityInput> = {}): IdentityInput => ({
  source: { sourceId: "s", createdAt: "2026-01-01T00:00:00.000Z" },
  canonicalSql: `select from ${tables.join()}`,
  params: [],
  tables: tables.map((name) => ({ schema: null, name })) as unknown as IdentityInput["tables"],
  policyFingerprint: "all",
  guardVersion: "1",
  maxRows: 10,
  schema,
  ...part,
});
const result = (value: number): RenderedResult =>
  renderKnown(
    { columns: [{ name: "v", type: "integer" }], rows: [[value]], truncated: false },
    "arrays",
  );
const storedValue = (one: RenderedResult) =>
  (JSON.parse(one.rowsJson("arrays")) as number[][])[0]?.[0] as number;

const FRESHNESS = 1_000;
const TTL = 10;

function instances(freshnessMs = FRESHNESS, count = 2) {
  const shared = { results: createMemoryResultStore(1_048_576), epochs: memoryEpochs() };
  const events: CacheEvent[] = [];
  const options = { ttlSeconds: TTL, freshnessMs, maxEntryBytes: 10_000 };
  const counters = { count: (_source: string, event: CacheEvent) => void events.push(event) };
  const caches = Array.from({ length: count }, () =>
    createQueryCache({ ...shared, ...options, counters }),
  );
  return { caches: caches as [QueryCache, ...QueryCache[]], events };
}

const step = fc.oneof(
  fc.record({ kind: fc.constant("ask" as const), on: fc.nat(1), query: fc.nat(3) }),
  fc.record({ kind: fc.constant("finish" as const), which: fc.nat(5) }),
  fc.record({ kind: fc.constant("change" as const), on: fc.nat(1), scope: fc.nat(2) }),
  fc.record({
    kind: fc.constant("wait" as const),
    ms: fc.constantFrom(1, 300, 999, 1_000, 5_000, 10_000),
  }),
);
const QUERIES = [["a"], ["b"], ["a", "b"], ["v"]] as const;
/** What a change says it changed, and the queries whose rows it changes. */
const CHANGES = [
  { tables: ["a"], hits: [0, 2, 3] },
  { tables: ["public.B"], hits: [1, 2, 3] },
  { tables: "all", hits: [0, 1, 2, 3] },
] as const;

describe("the cache over two instances", () => {
  it("never serves what was computed before an invalidation that is older than the window, nor what is too old", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { caches } = instances();
        let now = 1_000_000;
        // The data: a counter per query; when each became true, by the invalidation that was told of it.
        const truth = [0, 0, 0, 0];
        const changedAt: { at: number; on: number }[][] = [[], [], [], []];
        const running: { on: number; query: number; read: number; epochs: EpochVector }[] = [];
        for (const one of steps) {
          if (one.kind === "wait") now += one.ms;
          else if (one.kind === "change") {
            const change = CHANGES[one.scope] as (typeof CHANGES)[number];
            for (const query of change.hits) {
              truth[query] = (truth[query] as number) + 1;
              changedAt[query]?.push({ at: now, on: one.on });
            }
            await caches[one.on]?.invalidate("s", change.tables);
          } else if (one.kind === "finish") {
            const [work] = running.splice(one.which % Math.max(1, running.length), 1);
            if (work === undefined) continue;
            const identity = resultIdentity(input(QUERIES[work.query] as readonly string[]));
            await caches[work.on]?.store(identity, result(work.read), work.epochs, now);
          } else {
            const identity = resultIdentity(input(QUERIES[one.query] as readonly string[]));
            const found = await caches[one.on]?.find(identity, now);
            if (found?.kind === "miss")
              running.push({
                on: one.on,
                query: one.query,
                read: truth[one.query] as number,
                epochs: found.epochs,
              });
            else if (found) {
              // The n-th change made values below n stale: at once on its instance, elsewhere after the window.
              for (const missed of changedAt[one.query]?.slice(storedValue(found.result)) ?? []) {
                expect(missed.on).not.toBe(one.on);
                expect(now - missed.at).toBeLessThan(FRESHNESS);
              }
              expect(found.ageSeconds).toBeLessThan(TTL);
            }
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("serves across instances what nothing has changed", async () => {
    const { caches, events } = instances();
    const identity = caches[0].identify(input(["a"]));
    const miss = await caches[0].find(identity, 0);
    if (miss.kind !== "miss") throw new Error("nothing was stored");
    expect(await caches[0].store(identity, result(7), miss.epochs, 100)).toBe(true);
    const hit = await caches[1]?.find(identity, 2_600);
    expect(hit).toMatchObject({ kind: "hit", ageSeconds: 2.5 });
    expect(events).toEqual(["miss:not_stored", "store", "hit"]);
  });

  it("says why it missed", async () => {
    const { caches, events } = instances(0);
    const [cache] = caches;
    const identity = cache.identify(input(["a"]));
    const other = cache.identify(input(["b"]));
    for (const one of [identity, other])
      await cache.store(one, result(1), await cache.begin(one, 0), 0);
    await cache.invalidate("s", ["a"]);
    expect(await cache.find(identity, 1)).toMatchObject({ kind: "miss", reason: "invalidated" });
    expect(await cache.find(other, 9_999)).toMatchObject({ kind: "hit" });
    expect(await cache.find(other, 10_000)).toMatchObject({ kind: "miss", reason: "expired" });
    expect(events.slice(-3)).toEqual(["miss:invalidated", "hit", "miss:expired"]);
  });

  it("keeps nothing that is too large", async () => {
    const { caches, events } = instances();
    const identity = caches[0].identify(input(["a"]));
    const large = renderKnown(
      { columns: [{ name: "v", type: "text" }], rows: [["x".repeat(20_000)]], truncated: false },
      "arrays",
    );
    expect(await caches[0].store(identity, large, {}, 0)).toBe(false);
    expect(events).toEqual([]);
  });

  it("keeps no failed reading of the epochs", async () => {
    let down = true;
    const epochs = memoryEpochs();
    const cache = createQueryCache({
      results: createMemoryResultStore(1_000_000),
      epochs: {
        ...epochs,
        read: async (sourceId) => {
          if (down) throw new Error("store away");
          return epochs.read(sourceId);
        },
      },
      counters: { count: () => undefined },
      ttlSeconds: TTL,
      freshnessMs: FRESHNESS,
      maxEntryBytes: 10_000,
    });
    const identity = cache.identify(input(["a"]));
    await expect(cache.find(identity, 0)).rejects.toThrow("store away");
    down = false;
    expect((await cache.find(identity, 0)).kind).toBe("miss");
  });
});

describe("two requests share a result", () => {
  const base = input(["a"]);
  const key = (part: Partial<IdentityInput>) => resultIdentity({ ...base, ...part }).key;

  it.each<[string, Partial<IdentityInput>]>([
    ["statement", { canonicalSql: "select 2" }],
    ["parameter", { params: [1] }],
    ["parameter's type", { params: ["1"] }],
    ["source", { source: { ...base.source, sourceId: "t" } }],
    [
      "registration of the source",
      { source: { ...base.source, createdAt: "2026-01-02T00:00:00.000Z" } },
    ],
    ["right", { policyFingerprint: "some" }],
    ["guard", { guardVersion: "2" }],
    ["row limit", { maxRows: 11 }],
  ])("only of the same %s", (_name, part) => {
    expect(key(part)).not.toBe(key({}));
    if (part.params) expect(key({ params: [1] })).not.toBe(key({ params: ["1"] }));
  });
});

/** The cache's rules one by one; the order of events is the interleavings' business (tests/integration). */
// covers: CACHE-04, CACHE-05, CACHE-06, CACHE-11, CACHE-16
import { describe, expect, it } from "vitest";
import type { IdentityInput, SourceCacheTerms } from "../../../shared/cache/ports.ts";
import { resultIdentity } from "../../../shared/cache/result-identity.ts";
import { parseCacheControl } from "../../../shared/query/cache-control.ts";
import { cellOf, memoryEpochs, oneRow, startCacheInstance } from "../../support/cache-instance.ts";

const SQL = "select v from jobs";

function bench(terms: Partial<SourceCacheTerms> = {}) {
  const world = { value: 1, token: "1" as string | null, executions: 0 };
  const instance = startCacheInstance({
    shared: null,
    epochs: memoryEpochs(),
    terms: { freshnessMs: 0, ...terms },
    token: () => world.token,
    execute: async () => {
      world.executions++;
      return oneRow(world.value);
    },
  });
  const ask = async (header: string | null = null) => {
    const answered = await instance.ask(SQL, parseCacheControl(header));
    const { status, reason } = answered.cache;
    return [status, reason, cellOf(answered)];
  };
  return { ...instance, world, ask };
}

describe("a result", () => {
  it("is served until a table's token moves", async () => {
    const { world, ask } = bench();
    expect(await ask()).toEqual(["miss", "not_stored", 1]);
    expect(await ask()).toEqual(["hit", undefined, 1]);
    world.value = 2;
    world.token = "2";
    expect(await ask()).toEqual(["miss", "changed", 2]);
    expect(await ask()).toEqual(["hit", undefined, 2]);
  });

  it("is gone at once where it was invalidated, even for those who take stale ones", async () => {
    const { cache, ask } = bench();
    await ask();
    await cache.invalidate("s", ["jobs"]);
    expect(await ask("max-stale")).toEqual(["miss", "invalidated", 1]);
    await cache.invalidate("s", ["others"]);
    expect(await ask()).toEqual(["hit", undefined, 1]);
    await cache.invalidate("s", "all");
    expect(await ask()).toEqual(["miss", "invalidated", 1]);
  });

  it("of a table that cannot tell when it changes is never kept", async () => {
    const { world, ask } = bench();
    world.token = null;
    for (let i = 0; i < 2; i++) expect((await ask())[0]).toBe("bypass");
    await expect(ask("only-if-cached")).rejects.toMatchObject({ code: "cache_miss" });
    expect(world.executions).toBe(2);
  });

  it("that is too large passes through and says so", async () => {
    const { world, ask, counts } = bench({ maxEntryBytes: 10 });
    for (let i = 0; i < 2; i++) expect(await ask()).toEqual(["miss", "too_large", 1]);
    expect(world.executions).toBe(2);
    expect(counts.get("too_large")).toBe(2);
  });

  it("of a source whose time to live is 0 is not kept", async () => {
    const { ask } = bench({ ttlSeconds: 0 });
    expect(await ask()).toEqual(["bypass", "the cache is off", 1]);
  });

  it("that is stale is served to those who take it, and made anew behind their backs, once", async () => {
    const { world, ask, counts } = bench();
    await ask();
    world.value = 2;
    world.token = "2";
    const asks = await Promise.all([ask("max-stale=60"), ask("stale-while-revalidate=60")]);
    expect(asks).toEqual([
      ["stale", "changed", 1],
      ["stale", "changed", 1],
    ]);
    while (world.executions < 2) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await ask()).toEqual(["hit", undefined, 2]);
    expect(counts.get("refresh")).toBe(1);
    expect(counts.get("stale")).toBe(2);
  });

  it("is not served older than the caller's max-age, and anew for no-cache", async () => {
    const { ask } = bench();
    await ask();
    expect((await ask("max-age=3600"))[0]).toBe("hit");
    expect((await ask("max-age=0"))[0]).toBe("miss");
    expect(await ask("no-cache")).toEqual(["miss", "no_cache", 1]);
    expect((await ask("no-store"))[0]).toBe("bypass");
  });

  it("fails with its source, and the failure is not kept", async () => {
    let down = true;
    const { ask } = startCacheInstance({
      shared: null,
      epochs: memoryEpochs(),
      execute: async () => {
        if (down) throw new Error("away");
        return oneRow(1);
      },
    });
    await expect(ask(SQL)).rejects.toThrow("away");
    down = false;
    expect((await ask(SQL)).cache.status).toBe("miss");
  });
});

describe("the directives of Cache-Control", () => {
  it.each([
    ["max-stale", { staleSeconds: Number.POSITIVE_INFINITY }],
    ['MAX-STALE = 5 , max-age="7"', { staleSeconds: 5, maxAgeSeconds: 7 }],
    ["stale-while-revalidate=30, max-stale=5", { staleSeconds: 30 }],
    ["no-cache, unknown=1", { noCache: true, staleSeconds: null, maxAgeSeconds: null }],
  ])("of %s are read", (header, expected) => {
    expect(parseCacheControl(header)).toMatchObject(expected);
  });

  it.each(["max-age", "max-age=x", "max-age=-1", "max-stale=1.5", "only-if-cached, no-cache"])(
    "of %s are refused",
    (header) => {
      expect(() => parseCacheControl(header)).toThrow(
        expect.objectContaining({ code: "request_invalid" }),
      );
    },
  );
});

describe("two requests share a result", () => {
  const record = { sourceId: "s", createdAt: "2026-01-01T00:00:00.000Z", config: {} };
  const adapter = { changeTokens: async () => [] };
  const base: IdentityInput = {
    source: { record, adapter },
    canonicalSql: "select 1",
    params: [],
    tables: [],
    policyFingerprint: "all",
    guardVersion: "1",
    maxRows: 10,
    maxBytes: 1_000_000,
    schema: { tables: [], version: "1" },
  };
  const terms = { ttlSeconds: 1, freshnessMs: 1, maxEntryBytes: 1 };
  const key = (part: Partial<IdentityInput>) =>
    resultIdentity({ ...base, ...part }, terms).place.key;

  it.each<[string, Partial<IdentityInput>]>([
    ["statement", { canonicalSql: "select 2" }],
    ["parameter", { params: [1] }],
    ["parameter's type", { params: ["1"] }],
    ["source", { source: { record: { ...record, sourceId: "t" }, adapter } }],
    ["registration of the source", { source: { record: { ...record, createdAt: "2" }, adapter } }],
    ["right", { policyFingerprint: "some" }],
    ["guard", { guardVersion: "2" }],
    ["semantic model", { semanticModelVersion: "2" }],
    ["row limit", { maxRows: 11 }],
  ])("only of the same %s", (_name, part) => {
    expect(key(part)).not.toBe(key({}));
    expect(key({})).toBe(key({ ...base }));
    if (part.params) expect(key({ params: [1] })).not.toBe(key({ params: ["1"] }));
  });
});

/** Cached results in memory: bounded by bytes, the least recently used out first, counted. */
// covers: CACHE-08
import { expect, it } from "vitest";
import { createMemoryResultStore } from "../../../shared/adapters/memory/result-store.ts";
import type { CacheEntry } from "../../../shared/cache/ports.ts";
import { renderKnown } from "../../support/result-stream.ts";

const entry = (characters: number): CacheEntry => ({
  result: renderKnown(
    { columns: [{ name: "a", type: "text" }], rows: [["x".repeat(characters)]], truncated: false },
    "arrays",
  ),
  epochs: {},
  storedAt: 0,
});

it("never holds more than its bytes, and lets the least recently used go first", async () => {
  const store = createMemoryResultStore(10_000);
  await store.set("old", entry(3_000), 60);
  await store.set("used", entry(3_000), 60);
  expect(await store.get("old")).not.toBeNull();
  await store.set("new", entry(3_000), 60);
  expect(store.usage().bytes).toBeLessThanOrEqual(10_000);
  expect(await store.get("used")).toBeNull();
  expect(await store.get("old")).not.toBeNull();
  expect(await store.get("new")).not.toBeNull();
  expect(store.usage()).toMatchObject({ entries: 2, maxBytes: 10_000, evictions: 1 });
});

it("does not take what is larger than all of it", async () => {
  const store = createMemoryResultStore(1_000);
  await store.set("huge", entry(5_000), 60);
  expect(await store.get("huge")).toBeNull();
  expect(store.usage()).toMatchObject({ entries: 0, bytes: 0 });
});

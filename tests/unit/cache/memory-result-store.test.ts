/** Cached results in memory: bounded by bytes, the least recently used out first, counted. */
// covers: CACHE-08
import { expect, it } from "vitest";
import { createMemoryResultStore } from "../../../shared/adapters/memory/result-store.ts";
import { createStopwatch } from "../../../shared/cache/elapsed.ts";
import type { FoundEntry } from "../../../shared/cache/ports.ts";
import { manualClock } from "../../support/call-context.ts";
import { renderKnown } from "../../support/result-stream.ts";

const found = (characters: number): FoundEntry => ({
  entry: {
    result: renderKnown(
      {
        columns: [{ name: "a", type: "text" }],
        rows: [["x".repeat(characters)]],
        truncated: false,
      },
      "arrays",
    ),
    evidence: { epochs: {}, tokens: {} },
    costMs: 0,
  },
  ageMs: 0,
});
const open = (maxBytes: number) => {
  const clock = manualClock();
  const evicted: string[] = [];
  const stopwatch = createStopwatch(clock, clock.now);
  const onEvicted = (sourceId: string) => void evicted.push(sourceId);
  return { clock, evicted, store: createMemoryResultStore({ maxBytes, stopwatch, onEvicted }) };
};

it("never holds more than its bytes, lets the least recently used go first, and says whose it was", () => {
  const { store, evicted } = open(10_000);
  store.set("old", "one", found(3_000), 60_000);
  store.set("used", "two", found(3_000), 60_000);
  expect(store.get("old")).not.toBeNull();
  store.set("new", "one", found(3_000), 60_000);
  expect(store.usage().bytes).toBeLessThanOrEqual(10_000);
  expect(store.get("used")).toBeNull();
  expect(store.get("old")).not.toBeNull();
  expect(store.get("new")).not.toBeNull();
  expect(store.usage()).toMatchObject({ entries: 2, maxBytes: 10_000, evictions: 1 });
  expect(evicted).toEqual(["two"]);
});

it("does not take what is larger than all of it", () => {
  const { store } = open(1_000);
  store.set("huge", "one", found(5_000), 60_000);
  expect(store.get("huge")).toBeNull();
  expect(store.usage()).toMatchObject({ entries: 0, bytes: 0 });
});

it("tells how old an entry is, and forgets it when its time is up", () => {
  const { store, clock } = open(10_000);
  store.set("a", "one", { ...found(10), ageMs: 200 }, 1_000);
  clock.advance(799);
  expect(store.get("a")?.ageMs).toBe(999);
  clock.advance(1);
  expect(store.get("a")).toBeNull();
  expect(store.usage().entries).toBe(0);
});

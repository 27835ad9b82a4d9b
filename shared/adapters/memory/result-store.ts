/** Cached results in this process, bounded by bytes, least recently used out first. */
import { LRUCache } from "lru-cache";
import type { CacheEntry, ResultStore } from "../../cache/ports.ts";

/** What an entry costs beside its text. */
const OVERHEAD_BYTES = 512;

export function createMemoryResultStore(maxBytes: number): ResultStore {
  let evictions = 0;
  const entries = new LRUCache<string, CacheEntry>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: (entry) => entry.result.size() + OVERHEAD_BYTES,
    dispose: (_entry, _key, reason) => {
      if (reason === "evict") evictions++;
    },
  });
  return {
    get: async (key) => entries.get(key) ?? null,
    set: async (key, entry, ttlSeconds) => {
      entries.set(key, entry, { ttl: ttlSeconds * 1_000 });
    },
    usage: () => ({ entries: entries.size, bytes: entries.calculatedSize, maxBytes, evictions }),
  };
}

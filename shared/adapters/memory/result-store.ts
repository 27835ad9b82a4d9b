/** Cached results in this process, bounded by bytes, least recently used out first. */
import { LRUCache } from "lru-cache";
import type { Mark, Stopwatch } from "../../cache/elapsed.ts";
import type { CacheEntry, ResultStore } from "../../cache/ports.ts";

/** What an entry costs beside its text. */
const OVERHEAD_BYTES = 512;

interface Kept {
  readonly entry: CacheEntry;
  readonly sourceId: string;
  readonly modelId: string | null;
  readonly born: Mark;
  readonly keepMs: number;
}

export interface MemoryResultOptions {
  readonly maxBytes: number;
  readonly stopwatch: Stopwatch;
  /** Told when an entry had to go for another. */
  readonly onEvicted: (sourceId: string, modelId: string | null) => void;
}

export function createMemoryResultStore(options: MemoryResultOptions): ResultStore {
  const { maxBytes, stopwatch } = options;
  let evictions = 0;
  const entries = new LRUCache<string, Kept>({
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: ({ entry }) => entry.result.size() + OVERHEAD_BYTES,
    dispose: ({ sourceId, modelId }, _key, reason) => {
      if (reason !== "evict") return;
      evictions++;
      options.onEvicted(sourceId, modelId);
    },
  });
  return {
    get: (key) => {
      const kept = entries.get(key);
      if (kept === undefined) return null;
      const ageMs = stopwatch.since(kept.born);
      if (ageMs < kept.keepMs) return { entry: kept.entry, ageMs };
      entries.delete(key);
      return null;
    },
    set: (key, sourceId, { entry, ageMs }, keepMs, modelId = null) => {
      entries.set(key, { entry, sourceId, modelId, born: stopwatch.mark(ageMs), keepMs });
    },
    usage: () => ({ entries: entries.size, bytes: entries.calculatedSize, maxBytes, evictions }),
  };
}

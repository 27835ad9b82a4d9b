/**
 * The cache's rules. An entry carries the epochs that held before its statement ran, and is served only while they
 * still hold: a result that was computed before an invalidation and stored after it is therefore never served.
 */
import {
  type CacheCounters,
  type CacheEntry,
  type EpochStore,
  type EpochVector,
  type MissReason,
  type QueryCache,
  type ResultIdentity,
  type ResultStore,
  SCOPE_ALL,
  SCOPE_ANY,
} from "./ports.ts";
import { resultIdentity, tableScope } from "./result-identity.ts";

export interface QueryCacheDeps {
  readonly results: ResultStore;
  readonly epochs: EpochStore;
  readonly counters: Pick<CacheCounters, "count">;
  readonly ttlSeconds: number;
  /** How long an instance may go without looking for invalidations made on others; 0 looks every time. */
  readonly freshnessMs: number;
  readonly maxEntryBytes: number;
}

interface KnownEpochs {
  readonly epochs: Promise<ReadonlyMap<string, number>>;
  readonly readAt: number;
}

export function createQueryCache(deps: QueryCacheDeps): QueryCache {
  const known = new Map<string, KnownEpochs>();

  const readEpochs = (sourceId: string, now: number): Promise<ReadonlyMap<string, number>> => {
    const memory = known.get(sourceId);
    if (memory && now - memory.readAt < deps.freshnessMs) return memory.epochs;
    const entry: KnownEpochs = { epochs: deps.epochs.read(sourceId), readAt: now };
    known.set(sourceId, entry);
    entry.epochs.catch(() => known.get(sourceId) === entry && known.delete(sourceId));
    return entry.epochs;
  };
  const vector = async (identity: ResultIdentity, now: number): Promise<EpochVector> => {
    const epochs = await readEpochs(identity.sourceId, now);
    return Object.fromEntries(identity.scopes.map((scope) => [scope, epochs.get(scope) ?? 0]));
  };
  return {
    ttlSeconds: deps.ttlSeconds,
    identify: resultIdentity,
    async find(identity, now) {
      const [current, entry] = await Promise.all([
        vector(identity, now),
        deps.results.get(identity.key),
      ]);
      const reason = entry === null ? "not_stored" : whyNot(entry, current, deps.ttlSeconds, now);
      if (entry === null || reason !== null) {
        const missed = reason ?? "not_stored";
        deps.counters.count(identity.sourceId, `miss:${missed}`);
        return { kind: "miss", reason: missed, epochs: current };
      }
      deps.counters.count(identity.sourceId, "hit");
      return {
        kind: "hit",
        result: entry.result,
        ageSeconds: Math.max(0, (now - entry.storedAt) / 1_000),
      };
    },
    begin: (identity, now) => {
      deps.counters.count(identity.sourceId, "miss:no_cache");
      return vector(identity, now);
    },
    async store(identity, result, epochs, now) {
      if (result.size() > deps.maxEntryBytes || deps.ttlSeconds === 0) return false;
      await deps.results.set(identity.key, { result, epochs, storedAt: now }, deps.ttlSeconds);
      deps.counters.count(identity.sourceId, "store");
      return true;
    },
    async invalidate(sourceId, tables) {
      const scopes = tables === "all" ? [SCOPE_ALL] : [...new Set(tables.map(tableScope))];
      await deps.epochs.bump(sourceId, [...scopes, SCOPE_ANY]);
      known.delete(sourceId);
      return scopes;
    },
    noteBypass: (sourceId) => deps.counters.count(sourceId, "bypass"),
  };
}

function whyNot(
  entry: CacheEntry,
  current: EpochVector,
  ttlSeconds: number,
  now: number,
): MissReason | null {
  if (moved(entry.epochs, current)) return "invalidated";
  return now - entry.storedAt >= ttlSeconds * 1_000 ? "expired" : null;
}

function moved(before: EpochVector, now: EpochVector): boolean {
  return Object.keys(now).some((scope) => before[scope] !== now[scope]);
}

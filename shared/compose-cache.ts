/** The result cache: memory in this process, and Redis or Upstash shared by all instances where one is configured. */
import { setTimeout as delay } from "node:timers/promises";
import { createMemoryResultStore } from "./adapters/memory/result-store.ts";
import { type Circuit, createCircuit } from "./cache/circuit.ts";
import { createStopwatch, type Stopwatch } from "./cache/elapsed.ts";
import { type SharedAccess, tally } from "./cache/keeper.ts";
import {
  type CacheCounters,
  type EpochStore,
  EVERY_SOURCE,
  type SharedCache,
  type SourceCacheTerms,
} from "./cache/ports.ts";
import { createQueryCache } from "./cache/query-cache.ts";
import type { Config } from "./config.ts";
import { SourceCacheSettings } from "./contract/sources.ts";
import type { Clock } from "./kernel/clock.ts";
import { errorFields, type Logger } from "./kernel/logger.ts";
import type { JsonValue } from "./sources/ports.ts";

export interface CacheOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly epochs: EpochStore;
  readonly counters: CacheCounters;
}

/** One cached result may take this share of the memory given to all. */
const LARGEST_ENTRY = 1 / 8;
/** The most that a query waits for the shared store, once: from then on it goes on without. */
const PATIENCE_MS = 50;
const PROBE_EVERY_MS = 500;

export async function composeCache(options: CacheOptions) {
  const { config, clock, counters } = options;
  const stopwatch = createStopwatch(clock);
  const results = createMemoryResultStore({
    maxBytes: config.CACHE_MAX_BYTES,
    stopwatch,
    onEvicted: (sourceId, modelId) => counters.count(sourceId, "eviction", 1, modelId),
  });
  const store = await openSharedCache(options);
  const shared = store && shareCache(options, store, stopwatch);
  return {
    results,
    cache: createQueryCache({
      results,
      shared,
      epochs: options.epochs,
      counters,
      stopwatch,
      termsOf: termsReader(config),
      random: Math.random,
    }),
    missRule: {
      windowMs: config.ALERT_CACHE_MISS_WINDOW_MINUTES * 60_000,
      minQueries: config.ALERT_CACHE_MISS_MIN_QUERIES,
      maxMissRate: config.ALERT_CACHE_MISS_RATE,
    },
    sharedCache: shared && { name: shared.cache.name, state: shared.circuit.state },
    closeCache: async () => {
      await store?.close();
    },
  };
}

/** Nothing is connected here: a vendor's client loads and connects with the first query. */
async function openSharedCache({ config, clock, log }: CacheOptions): Promise<SharedCache | null> {
  const common = { prefix: config.CACHE_PREFIX, clock };
  if (config.REDIS_URL) {
    const { createRedisSharedCache } = await import("./adapters/redis/redis-cache.ts");
    const credentials = async () => {
      const { entraCredentials } = await import("./adapters/redis-entra/entra-credentials.ts");
      return entraCredentials({
        clientId: config.AZURE_CLIENT_ID,
        cluster: config.REDIS_CLUSTER,
        onTrouble: (error) =>
          log.warn("the shared cache could not be signed in to again", errorFields(error)),
      });
    };
    return createRedisSharedCache({
      ...common,
      url: config.REDIS_URL,
      cluster: config.REDIS_CLUSTER,
      ...(config.REDIS_AUTH === "entra" && { credentials }),
    });
  }
  if (!config.UPSTASH_REDIS_REST_URL || !config.UPSTASH_REDIS_REST_TOKEN) return null;
  const { createUpstashSharedCache } = await import("./adapters/upstash/upstash-cache.ts");
  return createUpstashSharedCache({
    ...common,
    url: config.UPSTASH_REDIS_REST_URL,
    token: config.UPSTASH_REDIS_REST_TOKEN,
  });
}

function shareCache(
  { config, counters, log }: CacheOptions,
  cache: SharedCache,
  stopwatch: Stopwatch,
): SharedAccess {
  const circuit: Circuit = createCircuit({
    patienceMs: PATIENCE_MS,
    probeEveryMs: PROBE_EVERY_MS,
    probe: () => cache.ping(),
    stopwatch,
    log,
    onPassedOver: () => counters.count(EVERY_SOURCE, "shared_away"),
  });
  return {
    cache,
    circuit,
    maxEntryBytes: config.CACHE_SHARED_MAX_ENTRY_BYTES,
    leases: (identity) => ({
      results: cache.results,
      circuit,
      stopwatch,
      leaseMs: config.CACHE_LEASE_MS,
      pause: (ms, signal) => delay(ms, undefined, { signal }),
      every: (ms, work) => {
        const timer = setInterval(work, ms).unref();
        return () => clearInterval(timer);
      },
      onWait: () => tally(counters, identity, "lease_wait"),
    }),
  };
}

/** A source's own settings over the installation's; read once for each configuration. */
function termsReader(
  config: Config,
): (own: Readonly<Record<string, JsonValue>>) => SourceCacheTerms {
  const read = new WeakMap<object, SourceCacheTerms>();
  return (own) => {
    const known = read.get(own);
    if (known !== undefined) return known;
    const settings = SourceCacheSettings.parse(own.cache ?? {});
    const terms = {
      ttlSeconds: settings.ttl_seconds ?? config.CACHE_TTL_SECONDS,
      freshnessMs: settings.freshness_ms ?? config.CACHE_FRESHNESS_MS,
      maxEntryBytes: settings.max_entry_bytes ?? config.CACHE_MAX_BYTES * LARGEST_ENTRY,
    };
    // With the whole cache off, no source turns it on.
    const effective = config.CACHE_TTL_SECONDS === 0 ? { ...terms, ttlSeconds: 0 } : terms;
    read.set(own, effective);
    return effective;
  };
}

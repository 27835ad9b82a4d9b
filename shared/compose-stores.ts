/** The metadata database and every store on it, with the small writes that go behind the caller's back. */
import type { KeyStore } from "./access/ports.ts";
import {
  addCounters,
  type CounterDelta,
  createCacheCounters,
  createEpochStore,
} from "./adapters/metadata/cache-stores.ts";
import { createMissWatchStore } from "./adapters/metadata/cache-watch-store.ts";
import { type MetadataDatabase, migrate } from "./adapters/metadata/database.ts";
import { createExampleStore } from "./adapters/metadata/example-store.ts";
import { createFeedbackStore } from "./adapters/metadata/feedback-store.ts";
import { createHealthStore } from "./adapters/metadata/health-store.ts";
import { createIdempotencyStore } from "./adapters/metadata/idempotency-store.ts";
import { createIncidentStore } from "./adapters/metadata/incident-store.ts";
import { createJobStore } from "./adapters/metadata/job-store.ts";
import { createKeyStore } from "./adapters/metadata/key-store.ts";
import { createModelStore } from "./adapters/metadata/model-store.ts";
import { createPolicyStore } from "./adapters/metadata/policy-store.ts";
import { createQueryLog, writeQueryRecords } from "./adapters/metadata/query-log.ts";
import { createSemanticModelStore } from "./adapters/metadata/semantic-model-store.ts";
import { createSourceStore } from "./adapters/metadata/source-store.ts";
import { createTokenBudget } from "./adapters/metadata/token-budget.ts";
import { createWriteBehind } from "./adapters/metadata/write-behind.ts";
import type { VerifiedExample } from "./ask/ports.ts";
import { openConfiguredDatabase } from "./compose-database.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Logger } from "./kernel/logger.ts";
import type { QueryRecord } from "./query/ports.ts";

export interface StoreOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly shippedExamples: readonly VerifiedExample[];
}

interface KeyUse {
  readonly keyId: string;
  readonly at: number;
}

/** Connects and brings the schema up to date. @throws Error when the database cannot be reached or migrated. */
export async function openStores({ config, clock, log, shippedExamples }: StoreOptions) {
  const db = await openConfiguredDatabase(config, (error) =>
    log.warn("an idle connection of the metadata database broke", { error: error.name }),
  );
  await migrate(db);
  const keys = createKeyStore(db);
  const behind = composeWriteBehind(db, keys, clock, log);
  return {
    db,
    keys,
    models: createModelStore(db),
    sourceStore: createSourceStore(db),
    policyStore: createPolicyStore(db),
    semanticStore: createSemanticModelStore(db),
    examples: createExampleStore(db, clock, shippedExamples),
    feedback: createFeedbackStore(db, clock),
    idempotency: createIdempotencyStore(db),
    incidents: createIncidentStore(db),
    health: createHealthStore(db),
    jobs: createJobStore(db),
    tokenBudget: createTokenBudget(db, clock),
    epochs: createEpochStore(db),
    counters: createCacheCounters(db, clock, behind.counts),
    missWatches: createMissWatchStore(db),
    queryLog: createQueryLog(db, behind.records),
    noteUse: (keyId: string, at: number) => behind.uses.add({ keyId, at }),
    flush: async () => {
      await Promise.all([behind.uses.drain(), behind.counts.drain(), behind.records.drain()]);
    },
  };
}

function composeWriteBehind(db: MetadataDatabase, keys: KeyStore, clock: Clock, log: Logger) {
  return {
    uses: createWriteBehind<KeyUse>({
      name: "key uses",
      log,
      flush: (items) => keys.addUses(sumUses(items)),
    }),
    counts: createWriteBehind<CounterDelta>({
      name: "cache counters",
      log,
      flush: (deltas) => addCounters(db, clock, deltas),
    }),
    records: createWriteBehind<QueryRecord>({
      name: "query log",
      log,
      flush: (records) => writeQueryRecords(db, records),
    }),
  };
}

/** One row per key, in a fixed order, so that two instances cannot deadlock. */
function sumUses(items: readonly KeyUse[]): { keyId: string; count: number; lastUsedAt: number }[] {
  const sums = new Map<string, { keyId: string; count: number; lastUsedAt: number }>();
  for (const { keyId, at } of items) {
    const sum = sums.get(keyId) ?? { keyId, count: 0, lastUsedAt: 0 };
    sums.set(keyId, { keyId, count: sum.count + 1, lastUsedAt: Math.max(sum.lastUsedAt, at) });
  }
  return [...sums.values()].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
}

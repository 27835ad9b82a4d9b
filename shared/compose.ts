/** From configuration to everything the triggers need. Nothing connects here before its first use. */
import { createAuthenticator } from "./access/authenticate.ts";
import { adoptAdminKey, type KeyDeps } from "./access/manage-keys.ts";
import type { Authenticator, KeyStore } from "./access/ports.ts";
import { refuseSchema } from "./adapters/ajv/schema-checker.ts";
import { readOrCreateSecret } from "./adapters/crypto/key-file.ts";
import { createSecretBox } from "./adapters/crypto/secret-box.ts";
import { createLibpgParser } from "./adapters/libpg-query/libpg-parser.ts";
import { createMemoryResultStore } from "./adapters/memory/result-store.ts";
import {
  addCounters,
  createCacheCounters,
  createEpochStore,
} from "./adapters/metadata/cache-stores.ts";
import { migrate, openMetadataDatabase } from "./adapters/metadata/database.ts";
import { createExampleStore } from "./adapters/metadata/example-store.ts";
import { createHealthStore } from "./adapters/metadata/health-store.ts";
import { createIdempotencyStore } from "./adapters/metadata/idempotency-store.ts";
import { createIncidentStore } from "./adapters/metadata/incident-store.ts";
import { createKeyStore } from "./adapters/metadata/key-store.ts";
import { createModelStore } from "./adapters/metadata/model-store.ts";
import { createQueryLog, writeQueryRecords } from "./adapters/metadata/query-log.ts";
import { createSourceStore } from "./adapters/metadata/source-store.ts";
import { createWriteBehind } from "./adapters/metadata/write-behind.ts";
import { createOutboundHttp } from "./adapters/outbound/outbound-http.ts";
import { createQueueSender } from "./adapters/storage-queue/queue-sender.ts";
import { openIncident } from "./alerts/open-incident.ts";
import type {
  AlertChannel,
  ChannelName,
  DeliveryQueue,
  IncidentStore,
  NewIncident,
} from "./alerts/ports.ts";
import { resolveIncident } from "./alerts/resolve-incident.ts";
import { createAskEngine } from "./ask/engine.ts";
import { memoiseAsk } from "./ask/memoise.ts";
import { parseTemplate } from "./ask/template.ts";
import type { CacheCounters, ResultStore } from "./cache/ports.ts";
import { createQueryCache } from "./cache/query-cache.ts";
import { composeChannels } from "./compose-channels.ts";
import { composeComponents } from "./compose-components.ts";
import type { Config } from "./config.ts";
import { demoExamples } from "./demo/examples.ts";
import type { ComponentCheck, HealthStore, ModelEndpointSource } from "./health/ports.ts";
import type { IdempotencyStore } from "./http/idempotency.ts";
import type { QueueSender } from "./http/serve-queue.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import type { CallContext } from "./kernel/context.ts";
import type { Logger } from "./kernel/logger.ts";
import { checkUrl, parseOutboundPolicy } from "./outbound/address-policy.ts";
import type { OutboundHttp } from "./outbound/ports.ts";
import type { ExampleStore, QueryLog } from "./query/ports.ts";
import type { QueryDeps } from "./query/run-query.ts";
import { createSingleFlight } from "./query/single-flight.ts";
import type { ModelStore } from "./registry/ports.ts";
import type { RegisterDeps } from "./registry/register-model.ts";
import { servingEndpoints } from "./registry/serving-endpoints.ts";
import type { OpenSource, SourceGateway } from "./sources/ports.ts";
import { createSourceGateway } from "./sources/source-gateway.ts";
import type { SecretBox, SourceConnector, SourceStore } from "./sources/store-ports.ts";
import { memoiseGuard } from "./sql/memoise.ts";
import { createSqlGuard } from "./sql/sql-guard.ts";

export interface Deps extends QueryDeps, RegisterDeps, KeyDeps {
  readonly version: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly authenticator: Authenticator;
  readonly idempotency: IdempotencyStore;
  readonly models: ModelStore & ModelEndpointSource;
  readonly keys: KeyStore;
  readonly sourceStore: SourceStore;
  readonly secrets: SecretBox;
  readonly connect: SourceConnector;
  readonly sources: SourceGateway;
  readonly examples: ExampleStore;
  readonly parseTemplate: typeof parseTemplate;
  readonly queryLog: QueryLog;
  readonly results: ResultStore;
  readonly counters: CacheCounters;
  readonly outbound: OutboundHttp;
  readonly health: HealthStore;
  readonly components: readonly ComponentCheck[];
  readonly incidents: IncidentStore;
  readonly channels: readonly AlertChannel[];
  readonly channelNames: readonly ChannelName[];
  readonly queue: DeliveryQueue;
  readonly queueSender: QueueSender;
  openIncident(incident: NewIncident, ctx: CallContext): Promise<unknown>;
  resolveIncident(dedupKey: string, ctx: CallContext): Promise<unknown>;
  /** @throws AppError starting while the metadata database does not answer. */
  checkReady(signal: AbortSignal): Promise<void>;
  /** Writes what is still waiting to be written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Logger;
  /** Sources that come with the installation. */
  readonly builtins: readonly OpenSource[];
  readonly clock?: Clock;
}

const DISPATCH_QUEUE = "alert-dispatch";

export async function compose({
  config,
  version,
  log,
  builtins,
  clock = systemClock,
}: ComposeOptions): Promise<Deps> {
  const idle = (error: Error) =>
    log.warn("an idle database connection broke", { error: error.name });
  const db = await openMetadataDatabase(config, idle);
  await migrate(db);
  const environment = config.MCP_ENVIRONMENT;

  const keys = createKeyStore(db);
  if (config.BOOTSTRAP_ADMIN_KEY)
    await adoptAdminKey({ keys, environment }, config.BOOTSTRAP_ADMIN_KEY, clock.now());
  const uses = createWriteBehind<{ keyId: string; at: number }>({
    name: "key uses",
    log,
    flush: (items) => keys.addUses(sumUses(items)),
  });
  const authenticator = createAuthenticator({
    keys,
    environment,
    noteUse: (keyId, at) => uses.add({ keyId, at }),
  });

  const queueSender = createQueueSender(config);
  const queue: DeliveryQueue = {
    enqueue: (deliveryId, afterSeconds, signal) =>
      queueSender.send(
        DISPATCH_QUEUE,
        JSON.stringify({ delivery_id: deliveryId }),
        afterSeconds,
        signal,
      ),
  };
  const outbound = createOutboundHttp({ allow: config.OUTBOUND_ALLOW });
  const policy = parseOutboundPolicy(config.OUTBOUND_ALLOW);
  const channels = composeChannels(config, { outbound, clock, log });
  const alerting = {
    incidents: createIncidentStore(db),
    channels,
    channelNames: channels.map((channel) => channel.name),
    queue,
    clock,
  };

  const secrets = createSecretBox(await credentialKey(config));
  const sourceStore = createSourceStore(db);
  const connect: SourceConnector = async (request) => {
    const { createPostgresSource } = await import("./adapters/postgres/postgres-source.ts");
    return createPostgresSource({
      sourceId: request.source_id,
      config: request.config,
      credentials: request.credentials,
      onIdleError: idle,
    });
  };
  const sources = createSourceGateway({ store: sourceStore, secrets, connect, builtins, clock });

  const pendingCounts = createWriteBehind<{ sourceId: string; event: string }>({
    name: "cache counters",
    log,
    flush: (items) => addCounters(db, clock, items),
  });
  const counters = createCacheCounters(db, clock, pendingCounts);
  const results = createMemoryResultStore(config.CACHE_MAX_BYTES);
  const cache = createQueryCache({
    results,
    epochs: createEpochStore(db),
    counters,
    ttlSeconds: config.CACHE_TTL_SECONDS,
    freshnessMs: config.CACHE_FRESHNESS_MS,
    maxEntryBytes: config.CACHE_MAX_BYTES / 8,
  });
  const pendingRecords = createWriteBehind<Parameters<QueryLog["append"]>[0]>({
    name: "query log",
    log,
    flush: (records) => writeQueryRecords(db, records),
  });

  const store = createModelStore(db);
  const models = { ...store, endpoints: () => servingEndpoints({ models: store }) };
  const flush = async () => {
    await Promise.all([uses.drain(), pendingCounts.drain(), pendingRecords.drain()]);
  };
  return {
    version,
    random: Math.random,
    environment,
    keys,
    authenticator,
    idempotency: createIdempotencyStore(db),
    models,
    refuseSchema,
    refuseEndpoint: (url) => {
      const verdict = checkUrl(url, policy);
      return verdict.ok ? null : verdict.reason;
    },
    sourceStore,
    secrets,
    connect,
    sources,
    guard: memoiseGuard(createSqlGuard(await createLibpgParser())),
    ask: memoiseAsk(createAskEngine()),
    parseTemplate,
    examples: createExampleStore(
      db,
      clock,
      builtins.some((source) => source.record.sourceId === "demo") ? demoExamples : [],
    ),
    cache,
    results,
    counters,
    flights: createSingleFlight(),
    maxBytes: config.QUERY_MAX_BYTES,
    queryLog: createQueryLog(db, pendingRecords),
    outbound,
    health: createHealthStore(db),
    components: composeComponents({
      db,
      queueSender,
      builtins,
      incidents: alerting.incidents,
      channels,
    }),
    ...alerting,
    queueSender,
    openIncident: (incident, ctx) => openIncident(alerting, incident, ctx),
    resolveIncident: (dedupKey, ctx) => resolveIncident(alerting, dedupKey, ctx),
    checkReady: async () => {
      await db.selectFrom("models").select("model_id").limit(1).execute();
    },
    flush,
    close: async () => {
      await flush();
      await sources.close();
      await db.destroy();
    },
  };
}

async function credentialKey(config: Config): Promise<Uint8Array> {
  if (config.CREDENTIAL_KEY) return Buffer.from(config.CREDENTIAL_KEY, "base64");
  const { secret } = await readOrCreateSecret(`${config.MCP_DATA_DIR}/credential-key`, () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64"),
  );
  return Buffer.from(secret, "base64");
}

function sumUses(
  items: readonly { keyId: string; at: number }[],
): { keyId: string; count: number; lastUsedAt: number }[] {
  const sums = new Map<string, { keyId: string; count: number; lastUsedAt: number }>();
  for (const { keyId, at } of items) {
    const sum = sums.get(keyId) ?? { keyId, count: 0, lastUsedAt: 0 };
    sums.set(keyId, { keyId, count: sum.count + 1, lastUsedAt: Math.max(sum.lastUsedAt, at) });
  }
  return [...sums.values()].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
}

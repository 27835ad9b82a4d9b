/** From configuration to everything the triggers need. */
import { createAuthenticator } from "./access/authenticate.ts";
import { generateKey, isWellFormedKey } from "./access/key-format.ts";
import { adoptAdminKey } from "./access/manage-keys.ts";
import { refuseSchema } from "./adapters/ajv/schema-checker.ts";
import { readOrCreateSecret } from "./adapters/crypto/key-file.ts";
import type { MetadataDatabase } from "./adapters/metadata/database.ts";
import { createOutboundHttp } from "./adapters/outbound/outbound-http.ts";
import { createQueueSender } from "./adapters/storage-queue/queue-sender.ts";
import { composeAlerting } from "./compose-alerting.ts";
import { composeComponents } from "./compose-components.ts";
import { composeJobs } from "./compose-jobs.ts";
import { composeQueryPath } from "./compose-query.ts";
import { openStores } from "./compose-stores.ts";
import type { Config } from "./config.ts";
import { demoExamples } from "./demo/examples.ts";
import { type Clock, systemClock } from "./kernel/clock.ts";
import type { Logger } from "./kernel/logger.ts";
import { checkUrl, parseOutboundPolicy } from "./outbound/address-policy.ts";
import { servingEndpoints } from "./registry/serving-endpoints.ts";
import type { OpenSource } from "./sources/ports.ts";

export interface ComposeOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Logger;
  /** Sources that come with the installation. */
  readonly builtins: readonly OpenSource[];
  readonly clock?: Clock;
}

/** What every trigger is handed; each use-case names the part of it that it uses. */
export type Deps = Awaited<ReturnType<typeof compose>>;

export async function compose({
  config,
  version,
  log,
  builtins,
  clock = systemClock,
}: ComposeOptions) {
  const environment = config.MCP_ENVIRONMENT;
  const hasDemo = builtins.some((source) => source.record.sourceId === "demo");
  const stores = await openStores({
    config,
    clock,
    log,
    shippedExamples: hasDemo ? demoExamples : [],
  });
  const { keys, models } = stores;
  const adminKey = config.BOOTSTRAP_ADMIN_KEY ?? (await ownAdminKey(config, log));
  if (adminKey) await adoptAdminKey({ keys, environment }, adminKey, clock.now());
  const outbound = createOutboundHttp({ allow: config.OUTBOUND_ALLOW });
  const queryPath = await composeQueryPath({ config, clock, log, builtins, outbound, ...stores });
  const queueSender = createQueueSender(config);
  const alerting = composeAlerting({
    config,
    clock,
    log,
    outbound,
    queueSender,
    incidents: stores.incidents,
  });
  const queryJobs = composeJobs({ config, keys, queueSender, query: { ...stores, ...queryPath } });
  return {
    ...stores,
    ...queryPath,
    ...alerting,
    ...queryJobs,
    version,
    environment,
    outbound,
    models: { ...models, endpoints: () => servingEndpoints({ models }) },
    authenticator: createAuthenticator({ keys, environment, noteUse: stores.noteUse }),
    components: composeComponents({
      db: stores.db,
      builtins,
      sources: queryPath.sources,
      jobResults: queryJobs.jobResults,
      ...alerting,
    }),
    refuseSchema,
    refuseEndpoint: endpointRule(config.OUTBOUND_ALLOW),
    checkReady: () => askForModel(stores.db),
    close: async () => {
      await stores.flush();
      await queryPath.sources.close();
      await queryPath.closeCache();
      await stores.db.destroy();
    },
  };
}

/** @throws when the metadata database does not answer. */
async function askForModel(db: MetadataDatabase): Promise<void> {
  await db.selectFrom("models").select("model_id").limit(1).execute();
}

/**
 * On a laptop the first admin key makes itself: once, kept in the data folder, readable by its owner only.
 * @throws Error when the file holds something else.
 */
async function ownAdminKey(
  { MCP_ENVIRONMENT: environment, MCP_DATA_DIR: folder }: Config,
  log: Logger,
): Promise<string | null> {
  if (environment !== "local") return null;
  const file = `${folder}/admin-key`;
  const { secret, created } = await readOrCreateSecret(file, () => generateKey(environment));
  if (!isWellFormedKey(secret, environment))
    throw new Error(`${file} does not hold an API key: remove the file to have a new one made.`);
  if (created) log.warn("an admin key was made", { file });
  return secret;
}

/** Why a model may not have this address, or null. What it resolves to is checked at every call. */
function endpointRule(allow: readonly string[]): (url: string) => string | null {
  const policy = parseOutboundPolicy(allow);
  return (url) => {
    const verdict = checkUrl(url, policy);
    return verdict.ok ? null : verdict.reason;
  };
}

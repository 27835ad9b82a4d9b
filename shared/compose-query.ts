/** The query path: sources, guard, question engine, cache. */
import { readOrCreateSecret } from "./adapters/crypto/key-file.ts";
import { createSecretBox } from "./adapters/crypto/secret-box.ts";
import { createLibpgParser } from "./adapters/libpg-query/libpg-parser.ts";
import { createAskEngine } from "./ask/engine.ts";
import { memoiseAsk } from "./ask/memoise.ts";
import { parseTemplate } from "./ask/template.ts";
import type { CacheCounters, EpochStore, Led } from "./cache/ports.ts";
import { composeCache } from "./compose-cache.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Logger } from "./kernel/logger.ts";
import { createSingleFlight } from "./query/single-flight.ts";
import type { OpenSource } from "./sources/ports.ts";
import { createSourceGateway } from "./sources/source-gateway.ts";
import type { SourceConnector, SourceStore } from "./sources/store-ports.ts";
import { memoiseGuard } from "./sql/memoise.ts";
import type { SqlGuards } from "./sql/ports.ts";
import { createSqlGuard } from "./sql/sql-guard.ts";

export interface QueryPathOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sourceStore: SourceStore;
  readonly epochs: EpochStore;
  readonly counters: CacheCounters;
  readonly builtins: readonly OpenSource[];
}

const KEY_BYTES = 32;

export async function composeQueryPath(options: QueryPathOptions) {
  const { config, clock, sourceStore, builtins } = options;
  const secrets = createSecretBox(await credentialKey(config));
  const connect = connector(options.log);
  return {
    secrets,
    connect,
    sources: createSourceGateway({ store: sourceStore, secrets, connect, builtins, clock }),
    ...(await composeCache(options)),
    flights: createSingleFlight<Led>(),
    maxBytes: config.QUERY_MAX_BYTES,
    guards: await openGuards(),
    ask: memoiseAsk(createAskEngine()),
    parseTemplate,
  };
}

/** PostgreSQL's grammar is what nearly every query needs; the others load at their first use. */
async function openGuards(): Promise<SqlGuards> {
  const postgres = memoiseGuard(createSqlGuard(await createLibpgParser()));
  return {
    of: (dialect) => {
      if (dialect === "postgres") return postgres;
      throw new Error(`there is no guard for ${dialect}`);
    },
  };
}

/** A new type of source is one folder in adapters/ and one line here. */
function connector(log: Logger): SourceConnector {
  const onIdleError = (error: Error) =>
    log.warn("an idle connection of a source broke", { error: error.name });
  return async (request) => {
    const { createPostgresSource } = await import("./adapters/postgres/postgres-source.ts");
    const { source_id: sourceId, config, credentials } = request;
    return createPostgresSource({ sourceId, config, credentials, onIdleError });
  };
}

async function credentialKey(config: Config): Promise<Uint8Array> {
  if (config.CREDENTIAL_KEY) return Buffer.from(config.CREDENTIAL_KEY, "base64");
  const newKey = () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString("base64");
  const { secret } = await readOrCreateSecret(`${config.MCP_DATA_DIR}/credential-key`, newKey);
  return Buffer.from(secret, "base64");
}

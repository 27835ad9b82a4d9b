/** The query path: sources, guard, question engine, cache. */

import { loadDateReader } from "./adapters/chrono/date-reader.ts";
import { readOrCreateSecret } from "./adapters/crypto/key-file.ts";
import { createSecretBox } from "./adapters/crypto/secret-box.ts";
import { dataLakeKind } from "./adapters/data-lake/kind.ts";
import { createDatabaseToken } from "./adapters/entra/database-password.ts";
import { createLibpgParser } from "./adapters/libpg-query/libpg-parser.ts";
import { postgresKind } from "./adapters/postgres/kind.ts";
import { snowflakeKind } from "./adapters/snowflake/kind.ts";
import { createQuestionReader } from "./ask/read-question.ts";
import type { CacheCounters, EpochStore, Led } from "./cache/ports.ts";
import { type AskOptions, composeAsk } from "./compose-ask.ts";
import { composeCache } from "./compose-cache.ts";
import { composePolicies } from "./compose-policies.ts";
import { accessUrlRule, openSnowflakeGuard } from "./compose-snowflake.ts";
import type { Config } from "./config.ts";
import type { Logger } from "./kernel/logger.ts";
import { once } from "./kernel/once.ts";
import { createSingleFlight } from "./kernel/single-flight.ts";
import type { PolicyStore } from "./policy/ports.ts";
import { createModelNames } from "./registry/model-names.ts";
import type { ModelStore } from "./registry/ports.ts";
import { createSemanticKnowledge } from "./semantic/apply-model.ts";
import type { SemanticModelStore } from "./semantic/ports.ts";
import { createSemanticMemory } from "./semantic/semantic-memory.ts";
import { createSourceKinds, type SourceKind } from "./sources/kinds.ts";
import type { OpenSource } from "./sources/ports.ts";
import { createSourceGateway } from "./sources/source-gateway.ts";
import type { SourceStore } from "./sources/store-ports.ts";
import { memoiseGuard } from "./sql/memoise.ts";
import type { SqlGuard, SqlGuards, SqlParser } from "./sql/ports.ts";
import { createSqlGuard } from "./sql/sql-guard.ts";

export interface QueryPathOptions extends AskOptions {
  readonly log: Logger;
  readonly sourceStore: SourceStore;
  readonly epochs: EpochStore;
  readonly counters: CacheCounters;
  readonly builtins: readonly OpenSource[];
  readonly models: ModelStore;
  readonly policyStore: PolicyStore;
  readonly semanticStore: SemanticModelStore;
  /** Beside those that come with the platform. */
  readonly kinds?: readonly SourceKind[];
}

const KEY_BYTES = 32;

export async function composeQueryPath(options: QueryPathOptions) {
  const { config, clock, sourceStore, builtins } = options;
  const masterKey = await credentialKey(config);
  const parser = await createLibpgParser();
  const secrets = createSecretBox(
    masterKey,
    config.CREDENTIAL_KEYS_PREVIOUS.map((key) => Buffer.from(key, "base64")),
  );
  const kinds = createSourceKinds([...sourceKinds(config), ...(options.kinds ?? [])], (error) =>
    options.log.warn("an idle connection of a source broke", { error: error.name }),
  );
  return {
    secrets,
    kinds,
    privilegePolicy: config.SOURCE_PRIVILEGES,
    sources: createSourceGateway({ store: sourceStore, secrets, kinds, builtins, clock }),
    ...(await composeCache(options)),
    flights: createSingleFlight<Led>(),
    maxBytes: config.QUERY_MAX_BYTES,
    guards: openGuards(parser),
    ...composePolicies(options, parser, masterKey),
    ...composeSemantics(options, parser),
    ask: composeAsk(options),
    questions: createQuestionReader(loadDateReader),
    modelNames: createModelNames({ models: options.models, clock }),
  };
}

function composeSemantics({ semanticStore, clock }: QueryPathOptions, parser: SqlParser) {
  const semanticMemory = createSemanticMemory({ store: semanticStore, clock });
  const semantics = createSemanticKnowledge({ memory: semanticMemory, parser });
  return { semantics, semanticMemory, semanticParser: parser };
}

/** PostgreSQL's grammar is what nearly every query needs; the others load at their first use. */
function openGuards(parser: SqlParser): SqlGuards {
  const postgres = memoiseGuard(createSqlGuard(parser));
  const duckdb = once(openDuckdbGuard);
  return {
    of: (dialect) => {
      if (dialect === "postgres") return postgres;
      if (dialect === "duckdb") return duckdb();
      if (dialect === "snowflake") return openSnowflakeGuard();
      throw new Error(`there is no guard for ${dialect}`);
    },
  };
}

async function openDuckdbGuard(): Promise<SqlGuard> {
  const [{ createDuckdbGuard }, { duckdbParser }] = await Promise.all([
    import("./sql/duckdb/duckdb-guard.ts"),
    import("./adapters/data-lake/duckdb-parser.ts"),
  ]);
  return memoiseGuard(createDuckdbGuard(duckdbParser));
}

/** A new kind of source is one folder in adapters/ and one line here: docs/adding-a-source.md. */
const sourceKinds = (config: Config): readonly SourceKind[] => [
  postgresKind((clientId) => createDatabaseToken(clientId ?? config.AZURE_CLIENT_ID)),
  dataLakeKind,
  snowflakeKind(accessUrlRule(config.OUTBOUND_ALLOW)),
];

async function credentialKey(config: Config): Promise<Uint8Array> {
  if (config.CREDENTIAL_KEY) return Buffer.from(config.CREDENTIAL_KEY, "base64");
  const newKey = () =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES))).toString("base64");
  const { secret } = await readOrCreateSecret(`${config.MCP_DATA_DIR}/credential-key`, newKey);
  return Buffer.from(secret, "base64");
}

/** The metadata database: one Kysely over PostgreSQL or the embedded PGlite, and its migrations under a lock. */
import type { Kysely, Migration, PostgresPool } from "kysely";
import type { Pool, PoolConfig } from "pg";
import type { Config } from "../../config.ts";
import { AppError } from "../../kernel/app-error.ts";
import { withReachability } from "./reachable-pool.ts";
import type { MetadataTables } from "./tables.ts";

export type MetadataDatabase = Kysely<MetadataTables>;

/** A connection is given up after this long, so that rotated credentials and failovers are noticed. */
const CONNECTION_LIFETIME_SECONDS = 1_800;
const CONNECT_TIMEOUT_MS = 5_000;
const POSTGRES_PORT = 5_432;

/** @param password asked for anew by every connection to a server; left out, the password is part of DATABASE_URL. */
export async function openMetadataDatabase(
  config: Pick<Config, "DATABASE_URL" | "DATABASE_MAX_CONNECTIONS" | "MCP_DATA_DIR">,
  onIdleError: (error: Error) => void,
  password?: () => Promise<string>,
): Promise<MetadataDatabase> {
  const { Kysely, PostgresDialect } = await import("kysely");
  const pool =
    config.DATABASE_URL === undefined
      ? await embeddedPool(config.MCP_DATA_DIR)
      : await serverPool(
          password
            ? signInWith(config.DATABASE_URL, password)
            : { connectionString: config.DATABASE_URL },
          config.DATABASE_MAX_CONNECTIONS,
          onIdleError,
        );
  return new Kysely<MetadataTables>({
    dialect: new PostgresDialect({ pool: withReachability(pool) }),
  });
}

async function embeddedPool(dataDir: string): Promise<PostgresPool> {
  const { createEmbeddedPool } = await import("../pglite/metadata-pool.ts");
  return createEmbeddedPool(`${dataDir}/metadata`);
}

/** Field by field: in a connection string node-postgres would put the missing password over the function. */
function signInWith(databaseUrl: string, password: () => Promise<string>): PoolConfig {
  const url = new URL(databaseUrl);
  return {
    host: url.hostname,
    port: url.port === "" ? POSTGRES_PORT : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password,
    // A token goes over TLS to the server whose certificate was checked; config.ts lets `disable` pass on loopback only.
    ssl: url.searchParams.get("sslmode") !== "disable",
  };
}

async function serverPool(
  connection: PoolConfig,
  max: number,
  onIdleError: (error: Error) => void,
): Promise<PostgresPool> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    ...connection,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    maxLifetimeSeconds: CONNECTION_LIFETIME_SECONDS,
    application_name: "mcp-platform",
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on("error", onIdleError);
  const { password } = connection;
  return typeof password === "function" ? askedFirst(pool, password) : pool;
}

/** When a password function fails, node-postgres leaves the socket open: ask before there is one. Tokens are kept, so twice costs nothing. */
function askedFirst(pool: Pool, password: () => string | Promise<string>): PostgresPool {
  return {
    connect: async () => {
      if (pool.idleCount === 0) await password();
      return pool.connect();
    },
    end: () => pool.end(),
  };
}

/** Forward only, in order, under the migrator's advisory lock: N instances may call it at once. @returns the names applied now. */
export async function migrate(database: MetadataDatabase): Promise<readonly string[]> {
  const { Migrator } = await import("kysely");
  const { migrations } = await import("./migrations/index.ts");
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => migrations as Record<string, Migration> },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error instanceof AppError) throw error;
  if (error) throw new Error("the metadata database could not be migrated", { cause: error });
  return (results ?? [])
    .filter((result) => result.status === "Success")
    .map((result) => result.migrationName);
}

/** PostgreSQL as a data source: a small pool, one pipelined read-only transaction per statement, cancel on the server. */
import type { Client, ClientConfig, Pool, PoolClient } from "pg";
import { AppError } from "../../kernel/app-error.ts";
import type { SourceAdapter } from "../../sources/ports.ts";
import { describePostgres } from "../pg-values/describe.ts";
import { toSourceError } from "../pg-values/errors.ts";
import type { PostgresConfig } from "./config.ts";
import { callerGone, openStream, wasEndedIdle } from "./open-stream.ts";
import type { SignIn } from "./sign-in.ts";
import { createStatementNames, noNames, type StatementNames } from "./statement-names.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_MS = 30_000;
/** Rotated credentials and failovers are noticed after this long at most. */
const LIFETIME_SECONDS = 1_800;
/** The text forms that the decoder reads, whatever the server's or the role's defaults are. */
const SESSION_SQL =
  "SET standard_conforming_strings = on; SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1";

type Execute = SourceAdapter["execute"];

export interface PostgresSourceOptions {
  readonly sourceId: string;
  readonly config: PostgresConfig;
  readonly signIn: SignIn;
  readonly onIdleError: (error: Error) => void;
}

export async function createPostgresSource(options: PostgresSourceOptions): Promise<SourceAdapter> {
  const { default: pg } = await import("pg");
  const { sourceId, config } = options;
  const connection = clientConfig(options);
  const pool: Pool = new pg.Pool({
    ...connection,
    max: config.max_connections,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_SECONDS,
    allowExitOnIdle: true,
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on("error", options.onIdleError);
  pool.on("connect", (client) => {
    client.query(SESSION_SQL).catch(options.onIdleError);
  });
  let closing: Promise<void> | null = null;
  const { password } = options.signIn;
  const cancel = async (client: PoolClient) => {
    if (typeof password === "function") await password();
    await cancelOnServer(new pg.Client(connection), client);
  };
  const executeWith =
    (names: StatementNames): Execute =>
    async (statement, budget, signal) => {
      if (signal.aborted) throw callerGone();
      // Where a password function fails, node-postgres leaves the socket open: asked before there is one. Tokens are kept.
      if (typeof password === "function" && pool.idleCount === 0) await password();
      const client = await pool.connect().catch((error: unknown) => {
        throw poolError(error, sourceId);
      });
      // The caller may have gone away while others had every connection.
      if (signal.aborted) {
        client.release();
        throw callerGone();
      }
      return openStream({ client, cancel, sourceId, names }, statement, budget, signal);
    };
  const names = createStatementNames();
  const executeNamed = executeWith(names);
  const executeUnnamed = executeWith(noNames);
  const executeOnce: Execute = (...asked) =>
    executeNamed(...asked).catch((error: unknown) => {
      if (names.blamed(error)) return executeUnnamed(...asked);
      throw error;
    });
  const execute = onNextWhereEnded(executeOnce, config.max_connections + 1);
  return {
    dialect: "postgres",
    execute,
    ...describePostgres(execute, { schemas: config.schemas, product: "PostgreSQL" }),
    close: () => {
      closing ??= pool.end();
      return closing;
    },
  };
}

/** A server that restarts leaves a pool of ended connections: none of them may cost a caller his answer. */
function onNextWhereEnded(execute: Execute, attempts: number): Execute {
  const attempt = (asked: Parameters<Execute>, left: number): ReturnType<Execute> =>
    execute(...asked).catch((error: unknown) => {
      if (left > 1 && wasEndedIdle(error)) return attempt(asked, left - 1);
      throw error;
    });
  return (...asked) => attempt(asked, attempts);
}

/**
 * Over a connection of its own: the protocol's CancelRequest is not encrypted by the driver, and the pool may be full
 * of the very queries that are to be cancelled. The client stays checked out until this has ended, so that the
 * process id can mean no other query.
 */
async function cancelOnServer(helper: Client, running: PoolClient): Promise<void> {
  const processId = (running as unknown as { processID: number }).processID;
  try {
    await helper.connect();
    await helper.query("select pg_cancel_backend($1)", [processId]);
  } finally {
    await helper.end();
  }
}

function poolError(error: unknown, sourceId: string): AppError {
  if (error instanceof Error && error.message.includes("timeout exceeded when trying to connect")) {
    return new AppError("overloaded", `Every connection to ${sourceId} is busy.`, {
      cause: error,
      retryAfterSeconds: 1,
      meta: { source: sourceId },
    });
  }
  return toSourceError(error, sourceId);
}

function clientConfig({ config, signIn }: PostgresSourceOptions): ClientConfig {
  const ssl = {
    disable: false,
    require: { rejectUnauthorized: false },
    "verify-full": { rejectUnauthorized: true },
  } as const;
  return {
    host: config.host,
    port: config.port,
    database: config.database,
    user: signIn.user,
    password: signIn.password,
    ssl: ssl[config.ssl],
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "mcp-platform",
    keepAlive: true,
  };
}

/** PostgreSQL as a data source: a small pool, one pipelined read-only transaction per statement, cancel on the server. */
import type { Client, ClientConfig, Pool, PoolClient } from "pg";
import type { PostgresConfig, PostgresCredentials } from "../../contract/sources.ts";
import { AppError } from "../../kernel/app-error.ts";
import type {
  BoundStatement,
  ExecutionBudget,
  ResultSet,
  SourceAdapter,
  SourceCheck,
  SourceSchema,
} from "../../sources/ports.ts";
import { toSourceError } from "../pg-values/errors.ts";
import { INTROSPECT_SQL, toSourceSchema } from "../pg-values/introspect.ts";
import { createBoundedQuery } from "./bounded-query.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_MS = 30_000;
/** Rotated credentials and failovers are noticed after this long at most. */
const LIFETIME_SECONDS = 1_800;
/** How long the server may take to act on its own time limit before the connection is given up. */
const GRACE_MS = 2_000;
/** The text forms that the decoder reads, whatever the server's or the role's defaults are. */
const SESSION_SQL =
  "SET standard_conforming_strings = on; SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1";
const INTROSPECT_BUDGET: ExecutionBudget = {
  maxRows: 5_000,
  maxBytes: 67_108_864,
  timeoutMs: 30_000,
};

export interface PostgresSourceOptions {
  readonly sourceId: string;
  readonly config: PostgresConfig;
  readonly credentials: PostgresCredentials;
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
  const cancel = (client: PoolClient) => cancelOnServer(new pg.Client(connection), client);
  const execute = async (
    statement: BoundStatement,
    budget: ExecutionBudget,
    signal: AbortSignal,
  ) => {
    if (signal.aborted) throw callerGone();
    const client = await pool.connect().catch((error: unknown) => {
      throw poolError(error, sourceId);
    });
    // The caller may have gone away while others had every connection.
    if (signal.aborted) {
      client.release();
      throw callerGone();
    }
    return runBounded({ client, cancel, sourceId }, statement, budget, signal);
  };
  return {
    execute,
    introspect: async (signal) => introspect(execute, config.schemas, signal),
    check: (signal) => check(execute, signal),
    close: () => pool.end(),
  };
}

type Execute = SourceAdapter["execute"];

interface Lease {
  readonly client: PoolClient;
  readonly cancel: (client: PoolClient) => Promise<void>;
  readonly sourceId: string;
}

/** Gives the client back clean, or destroys it: no state of one caller meets the next. */
async function runBounded(
  lease: Lease,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultSet> {
  const { client, cancel, sourceId } = lease;
  let broken = false;
  let failed = false;
  let cancelling: Promise<void> | null = null;
  const cancelOnce = () => {
    cancelling ??= cancel(client).catch(() => undefined);
  };
  let destroyed = false;
  const destroy = () => {
    destroyed = true;
    broken = true;
    stream(client).destroy();
  };
  const query = createBoundedQuery({
    ...statement,
    budget,
    onEnough: cancelOnce,
    onFlood: destroy,
  });
  // The pool listens to idle clients only; one that breaks while it is out would end the process.
  const onBroken = () => {
    broken = true;
  };
  client.on("error", onBroken);
  const overdue = setTimeout(destroy, budget.timeoutMs + GRACE_MS);
  signal.addEventListener("abort", cancelOnce, { once: true });
  try {
    client.query(query);
    return await query.done;
  } catch (error) {
    failed = true;
    if (signal.aborted) throw callerGone(error);
    throw destroyed ? floodOrTimeout(error, sourceId) : toSourceError(error, sourceId);
  } finally {
    signal.removeEventListener("abort", cancelOnce);
    // The server says that a cancellation was sent, not that it has come: it may yet hit whatever runs there next.
    if (cancelling !== null) {
      await cancelling;
      broken = true;
    }
    await giveBack(client, { broken, failed });
    clearTimeout(overdue);
    client.off("error", onBroken);
  }
}

function callerGone(cause?: unknown): AppError {
  return new AppError("client_closed", "The caller went away; the query was cancelled.", { cause });
}

function floodOrTimeout(error: unknown, sourceId: string): AppError {
  return new AppError(
    "query_failed",
    `A single row of ${sourceId} was larger than the byte budget, or the server did not keep its time limit; the query was ended.`,
    { cause: error, meta: { source: sourceId } },
  );
}

/**
 * After an error the transaction is still open (status E): roll it back, or give the connection up. The error may come
 * before the message that says the status, so a failure is enough to roll back.
 */
async function giveBack(
  client: PoolClient,
  { broken, failed }: { broken: boolean; failed: boolean },
): Promise<void> {
  if (broken) return client.release(true);
  try {
    if (failed || client.getTransactionStatus() !== "I") await client.query("ROLLBACK");
    client.release();
  } catch {
    client.release(true);
  }
}

function stream(client: PoolClient): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
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

async function introspect(
  execute: Execute,
  schemas: readonly string[],
  signal: AbortSignal,
): Promise<SourceSchema> {
  const { rows } = await execute(
    { sql: INTROSPECT_SQL, params: [[...schemas]] },
    INTROSPECT_BUDGET,
    signal,
  );
  return toSourceSchema(rows.map((row) => String(row[0])));
}

async function check(execute: Execute, signal: AbortSignal): Promise<SourceCheck> {
  const started = performance.now();
  const latencyMs = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const { rows } = await execute(
      { sql: "select current_setting('server_version'), current_user::text", params: [] },
      { maxRows: 1, maxBytes: 65_536, timeoutMs: 3_000 },
      signal,
    );
    return {
      ok: true,
      latencyMs: latencyMs(),
      evidence: `PostgreSQL ${rows[0]?.[0]} answered as ${rows[0]?.[1]}`,
    };
  } catch (error) {
    return {
      ok: false,
      latencyMs: latencyMs(),
      evidence: error instanceof AppError ? error.detail : "no answer",
    };
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

function clientConfig({ config, credentials }: PostgresSourceOptions): ClientConfig {
  const ssl = {
    disable: false,
    require: { rejectUnauthorized: false },
    "verify-full": { rejectUnauthorized: true },
  } as const;
  return {
    host: config.host,
    port: config.port,
    database: config.database,
    user: credentials.user,
    password: credentials.password,
    ssl: ssl[config.ssl],
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "mcp-platform",
    keepAlive: true,
  };
}

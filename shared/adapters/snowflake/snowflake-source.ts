/** Snowflake as a data source: key-pair sessions that are kept, one bounded statement at a time, streamed results. */

import type {
  BoundStatement,
  ExecutionBudget,
  JsonValue,
  ResultStream,
  SourceAdapter,
} from "../../sources/ports.ts";
import type { WarehouseUsageReader } from "../../sources/usage-ports.ts";
import { readChangeTokens } from "./change-tokens.ts";
import { checkSource, explainStatement } from "./check-and-explain.ts";
import type { SnowflakeConfig, SnowflakeCredentials } from "./config.ts";
import { connectionOptions } from "./connection-options.ts";
import { loadDriver } from "./driver.ts";
import { isSessionLost, toSnowflakeError } from "./errors.ts";
import { introspect } from "./introspect.ts";
import { findPrivileges } from "./privileges.ts";
import { collectRows, type Query } from "./read-rows.ts";
import { readUsage } from "./read-usage.ts";
import { createRowStream } from "./row-stream.ts";
import { runStatement } from "./run-statement.ts";
import { toVariables, variableChanges } from "./session-variables.ts";
import { createSessionPool, type Session, type SessionPool } from "./sessions.ts";
import { toSnowflakeText } from "./statement-text.ts";

export interface SnowflakeSourceOptions {
  readonly sourceId: string;
  readonly config: SnowflakeConfig;
  readonly credentials: SnowflakeCredentials;
  /** Null when this address may be called, else why not: the outbound rule of the platform. */
  readonly refuseUrl: (url: string) => string | null;
  /** Default one minute: a session that was idle for longer is asked by a heartbeat first. */
  readonly heartbeatAfterMs?: number;
  /** Default five seconds: how long to wait for a session while all are busy. */
  readonly waitMs?: number;
}

const HEARTBEAT_AFTER_MS = 60_000;
const IDLE_MS = 600_000;
const WAIT_MS = 5_000;
/** Logging in may resume nothing but asks a second service; the driver retries inside this time. */
const CONNECT_MS = 20_000;

export type SnowflakeSource = SourceAdapter & WarehouseUsageReader;

/** @throws AppError request_invalid where the key or the address cannot be used. Connects at first use. */
export async function createSnowflakeSource(
  options: SnowflakeSourceOptions,
): Promise<SnowflakeSource> {
  const { sourceId, config } = options;
  const connection = connectionOptions(options);
  const driver = await loadDriver();
  const pool = createSessionPool({
    sourceId,
    max: config.max_connections,
    heartbeatAfterMs: options.heartbeatAfterMs ?? HEARTBEAT_AFTER_MS,
    idleMs: IDLE_MS,
    waitMs: options.waitMs ?? WAIT_MS,
    connectMs: CONNECT_MS,
    create: () => driver.createConnection({ ...connection }),
  });
  const raw = (request: RawStatement, budget: ExecutionBudget, signal: AbortSignal) =>
    openStream({ pool, sourceId, attempts: config.max_connections + 1 }, request, budget, signal);
  const query: Query = async (sql, budget, signal) =>
    collectRows(await raw({ text: sql, params: [] }, budget, signal));
  return {
    dialect: "snowflake",
    billed: true,
    execute: async (statement, budget, signal) => raw(toRaw(statement), budget, signal),
    explain: (statement, budget, signal) =>
      explainStatement(statement, (text, params) =>
        raw({ ...statement, text, params }, budget, signal),
      ),
    introspect: (signal) => introspect(query, config, signal),
    changeTokens: (tables, signal) => readChangeTokens(query, config.database, tables, signal),
    privileges: (signal) => findPrivileges(query, signal),
    check: (signal) => checkSource(query, signal),
    readUsage: (signal) => readUsage(query, config.database, signal),
    close: () => pool.close(),
  };
}

interface RawStatement {
  /** Snowflake's own text, parameters as :1 … :n. */
  readonly text: string;
  readonly params: readonly JsonValue[];
  readonly session?: Readonly<Record<string, string>>;
  readonly requestId?: string;
}

function toRaw({ sql, params, ...rest }: BoundStatement): RawStatement {
  return { ...rest, params, text: toSnowflakeText(sql, params.length) };
}

interface Place {
  readonly pool: SessionPool;
  readonly sourceId: string;
  readonly attempts: number;
}

/** A session that the server has forgotten is replaced, and the statement, which did not start, runs on the next one. */
async function openStream(
  place: Place,
  request: RawStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultStream> {
  const variables = toVariables(request.session);
  for (let attempt = 1; ; attempt++) {
    const session = await place.pool.take(signal);
    try {
      await applyVariables(place, session, variables, budget, signal);
      return await openOn(place, session, request, budget, signal);
    } catch (error) {
      if (isSessionLost(error) && attempt < place.attempts) continue;
      throw toSnowflakeError(error, place.sourceId);
    }
  }
}

async function openOn(
  { pool, sourceId }: Place,
  session: Session,
  request: RawStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultStream> {
  const outcome = await runStatement(
    session.connection,
    {
      sourceId,
      sql: request.text,
      binds: request.params,
      timeoutMs: budget.timeoutMs,
      maxRows: budget.maxRows,
      tag: queryTag(sourceId, request.requestId),
    },
    signal,
  );
  if (outcome.kind === "failed") {
    pool.giveBack(session, outcome.broken || isSessionLost(outcome.error));
    throw outcome.error;
  }
  const release = (broken: boolean) => pool.giveBack(session, broken);
  return createRowStream({ sourceId, statement: outcome.statement, budget, signal, release });
}

/** Whoever reads the account's query history finds the platform's request by this. */
function queryTag(sourceId: string, requestId: string | undefined): string {
  return JSON.stringify({
    app: "mcp-platform",
    source: sourceId,
    ...(requestId && { request: requestId }),
  });
}

/** Before each statement the session has this principal's attributes and no other's. */
async function applyVariables(
  { pool, sourceId }: Place,
  session: Session,
  variables: Readonly<Record<string, string>>,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<void> {
  for (const sql of [
    ...firstStatements(session),
    ...variableChanges(session.variables ?? {}, variables),
  ]) {
    const { timeoutMs } = budget;
    const outcome = await runStatement(
      session.connection,
      { sourceId, sql, binds: [], timeoutMs, maxRows: 1, tag: queryTag(sourceId, undefined) },
      signal,
    );
    if (outcome.kind === "ready") continue;
    // Half set is not set: nobody may run on it.
    pool.giveBack(session, true);
    throw outcome.error;
  }
  session.variables = variables;
}

/** The privileges of the configured role alone count, not those of every other role that the user has. */
function firstStatements(session: Session): readonly string[] {
  return session.variables === null ? ["USE SECONDARY ROLES NONE"] : [];
}

/**
 * A small pool of Snowflake sessions. Logging in costs a second or more, so sessions are kept, checked by a heartbeat
 * when they were idle, and replaced when the server has forgotten them. One statement at a time on each.
 */
import { AppError } from "../../kernel/app-error.ts";
import { callerGone } from "../../kernel/caller-gone.ts";
import { untilAborted } from "../../kernel/until-aborted.ts";
import type { DriverConnection } from "./driver.ts";
import { toSnowflakeError } from "./errors.ts";

export interface Session {
  readonly connection: DriverConnection;
  /** Session variables as they were last set there (upper-case name → value); null before the first statement. */
  variables: Readonly<Record<string, string>> | null;
}

export interface SessionPool {
  /** A session of one's own until it is given back. @throws AppError overloaded, source_unavailable, client_closed. */
  take(signal: AbortSignal): Promise<Session>;
  /** `broken` ones are logged out and not used again. */
  giveBack(session: Session, broken: boolean): void;
  close(): Promise<void>;
}

export interface SessionPoolOptions {
  readonly sourceId: string;
  readonly max: number;
  /** A session idle for longer is asked by a heartbeat before it is used. */
  readonly heartbeatAfterMs: number;
  /** A session idle for longer is logged out. */
  readonly idleMs: number;
  /** How long to wait for a session while all are busy. */
  readonly waitMs: number;
  readonly connectMs: number;
  readonly create: () => DriverConnection;
}

interface Idle {
  readonly session: Session;
  readonly since: number;
}

interface Waiter {
  readonly resolve: (place: Session | null) => void;
}

interface PoolState {
  readonly options: SessionPoolOptions;
  readonly idle: Idle[];
  readonly waiters: Waiter[];
  /** Places taken: by sessions, and by log-ins under way. */
  open: number;
  closed: boolean;
  sweeper: NodeJS.Timeout | null;
}

export function createSessionPool(options: SessionPoolOptions): SessionPool {
  const pool: PoolState = {
    options,
    idle: [],
    waiters: [],
    open: 0,
    closed: false,
    sweeper: null,
  };
  return {
    async take(signal) {
      if (pool.closed) throw closedSource(options.sourceId);
      if (signal.aborted) throw callerGone();
      const session = await reserve(pool, signal);
      if (session) return session;
      try {
        return { connection: await logIn(options, signal), variables: null };
      } catch (error) {
        freePlace(pool);
        throw error;
      }
    },
    giveBack(session, broken) {
      if (broken || pool.closed) {
        drop(pool, session);
        return;
      }
      const next = pool.waiters.shift();
      if (next) {
        next.resolve(session);
        return;
      }
      pool.idle.push({ session, since: performance.now() });
      scheduleSweep(pool);
    },
    async close() {
      pool.closed = true;
      if (pool.sweeper) clearTimeout(pool.sweeper);
      const sessions = pool.idle.splice(0);
      pool.open -= sessions.length;
      await Promise.all(sessions.map(({ session }) => logOut(session.connection)));
    },
  };
}

/** A session, or null for a place to log in at. */
async function reserve(pool: PoolState, signal: AbortSignal): Promise<Session | null> {
  const free = pool.idle.pop();
  if (free) {
    if (await isAlive(free, pool.options, signal)) return free.session;
    // The place stays ours; only the session in it is gone.
    logOut(free.session.connection);
    return null;
  }
  if (pool.open < pool.options.max) {
    pool.open++;
    return null;
  }
  return waitForPlace(pool.waiters, pool.options, signal);
}

function drop(pool: PoolState, session: Session): void {
  logOut(session.connection);
  freePlace(pool);
}

/** Whoever waits may log in there instead. */
function freePlace(pool: PoolState): void {
  const next = pool.waiters.shift();
  if (next) next.resolve(null);
  else pool.open--;
}

function scheduleSweep(pool: PoolState): void {
  if (pool.sweeper !== null || pool.idle.length === 0) return;
  pool.sweeper = setTimeout(() => sweep(pool), pool.options.idleMs);
  pool.sweeper.unref();
}

function sweep(pool: PoolState): void {
  pool.sweeper = null;
  const now = performance.now();
  for (let oldest = pool.idle[0]; oldest; oldest = pool.idle[0]) {
    if (now - oldest.since < pool.options.idleMs) break;
    pool.idle.shift();
    drop(pool, oldest.session);
  }
  scheduleSweep(pool);
}

function closedSource(sourceId: string): AppError {
  return new AppError("source_unavailable", `The data source ${sourceId} was closed.`, {
    meta: { source: sourceId },
  });
}

async function isAlive(
  { session, since }: Idle,
  options: SessionPoolOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if (!session.connection.isUp()) return false;
  if (performance.now() - since < options.heartbeatAfterMs) return true;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.connectMs)]);
  return untilAborted(session.connection.isValidAsync(), limit).catch(() => false);
}

function waitForPlace(
  waiters: Waiter[],
  options: SessionPoolOptions,
  signal: AbortSignal,
): Promise<Session | null> {
  return new Promise((resolve, reject) => {
    const leave = (error: AppError) => {
      waiters.splice(waiters.indexOf(waiter), 1);
      done();
      reject(error);
    };
    const onAbort = () => leave(callerGone());
    const timer = setTimeout(() => leave(allBusy(options.sourceId)), options.waitMs);
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const waiter: Waiter = {
      resolve: (place) => {
        done();
        resolve(place);
      },
    };
    waiters.push(waiter);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

function allBusy(sourceId: string): AppError {
  return new AppError("overloaded", `Every connection to ${sourceId} is busy.`, {
    retryAfterSeconds: 1,
    meta: { source: sourceId },
  });
}

/** The driver cannot be told to stop logging in: a session that comes too late is logged out again. */
async function logIn(
  { create, connectMs, sourceId }: SessionPoolOptions,
  signal: AbortSignal,
): Promise<DriverConnection> {
  const connection = newConnection(create, sourceId);
  const connecting = new Promise<void>((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(connectMs)]);
  try {
    await untilAborted(connecting, limit);
    return connection;
  } catch (error) {
    connecting.then(
      () => logOut(connection),
      () => undefined,
    );
    if (signal.aborted) throw callerGone(error);
    throw toSnowflakeError(limit.aborted ? null : error, sourceId);
  }
}

function newConnection(create: () => DriverConnection, sourceId: string): DriverConnection {
  try {
    return create();
  } catch {
    // The driver's own complaint may quote what it was given.
    throw new AppError(
      "source_unavailable",
      `The configuration of ${sourceId} is not one that the driver takes.`,
      {
        meta: { source: sourceId },
      },
    );
  }
}

/** Never fails: a session that cannot be logged out ends by itself. */
function logOut(connection: DriverConnection): Promise<void> {
  return new Promise((resolve) => {
    try {
      connection.destroy(() => resolve());
    } catch {
      resolve();
    }
  });
}

/**
 * A small pool of Snowflake sessions. Logging in costs a second or more, so sessions are kept, checked by a heartbeat
 * when they were idle, and replaced when the server has forgotten them. One statement at a time on each.
 */
import { AppError } from "../../kernel/app-error.ts";
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

export function createSessionPool(options: SessionPoolOptions): SessionPool {
  const idle: Idle[] = [];
  const waiters: Waiter[] = [];
  let open = 0;
  let closed = false;
  let sweeper: NodeJS.Timeout | null = null;

  const drop = (session: Session): void => {
    open--;
    logOut(session.connection);
    // Whoever waits may now log in instead.
    const next = waiters.shift();
    if (next) {
      open++;
      next.resolve(null);
    }
  };
  const sweep = () => {
    sweeper = null;
    const now = performance.now();
    while (idle[0] && now - idle[0].since >= options.idleMs) drop((idle.shift() as Idle).session);
    scheduleSweep();
  };
  const scheduleSweep = () => {
    if (sweeper !== null || idle.length === 0) return;
    sweeper = setTimeout(sweep, options.idleMs);
    sweeper.unref();
  };
  const reserve = async (signal: AbortSignal): Promise<Session | null> => {
    const free = idle.pop();
    if (free) return (await isAlive(free, options, signal)) ? free.session : replace(free.session);
    if (open < options.max) {
      open++;
      return null;
    }
    return waitForPlace(waiters, options, signal);
  };
  /** The place stays ours; only the session in it is gone. */
  const replace = (session: Session): null => {
    logOut(session.connection);
    return null;
  };

  return {
    async take(signal) {
      if (closed)
        throw new AppError("source_unavailable", `The data source ${options.sourceId} was closed.`);
      if (signal.aborted) throw callerGone();
      const session = await reserve(signal);
      if (session) return session;
      try {
        return { connection: await logIn(options, signal), variables: null };
      } catch (error) {
        open--;
        const next = waiters.shift();
        if (next) {
          open++;
          next.resolve(null);
        }
        throw error;
      }
    },
    giveBack(session, broken) {
      if (broken || closed) return drop(session);
      const next = waiters.shift();
      if (next) return next.resolve(session);
      idle.push({ session, since: performance.now() });
      scheduleSweep();
    },
    async close() {
      closed = true;
      if (sweeper) clearTimeout(sweeper);
      const sessions = idle.splice(0);
      open -= sessions.length;
      await Promise.all(sessions.map(({ session }) => logOut(session.connection)));
    },
  };
}

export function callerGone(cause?: unknown): AppError {
  return new AppError("client_closed", "The caller went away.", { cause });
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

/** One statement on a leased connection: bounded in time, stopped on request, and the connection given back clean. */
import { LRUCache } from "lru-cache";
import type { PoolClient } from "pg";
import { AppError } from "../../kernel/app-error.ts";
import { createDeadlines, type Deadlines } from "../../kernel/deadlines.ts";
import type { BoundStatement, ExecutionBudget, ResultStream } from "../../sources/ports.ts";
import { toSourceError } from "../pg-values/errors.ts";
import { createBoundedQuery } from "./bounded-query.ts";
import type { StatementNames } from "./statement-names.ts";

export interface Lease {
  readonly client: PoolClient;
  readonly cancel: (client: PoolClient) => Promise<void>;
  readonly sourceId: string;
  readonly names: StatementNames;
}

/** How long the server may take to act on its own time limit before the connection is given up. */
const GRACE_MS = 2_000;

const MOST_LIMITS = 100;
const knownDeadlines = new LRUCache<number, Deadlines>({ max: MOST_LIMITS });

/** One that is pushed out goes on to watch whoever entered it. */
function deadlinesOf(limitMs: number): Deadlines {
  const known = knownDeadlines.get(limitMs) ?? createDeadlines(limitMs);
  knownDeadlines.set(limitMs, known);
  return known;
}

/** `admin_shutdown` and `idle_session_timeout`: the server says good-bye, whatever the connection is doing. */
const FAREWELLS: readonly string[] = ["57P01", "57P05"];
const unbegun = new WeakSet<AppError>();

/**
 * Whether the server had ended the connection before it read the statement, which only its use showed. What it answered
 * is sent with its farewell at the latest, so that nothing has run where it had answered nothing. A connection that ends
 * without a word may have had a statement running: that is not it.
 */
export function wasEndedIdle(error: unknown): boolean {
  return error instanceof AppError && unbegun.has(error);
}

/** Gives the client back when the statement has ended, or destroys it: no state of one caller meets the next. */
export async function openStream(
  lease: Lease,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultStream> {
  const { client, sourceId, names } = lease;
  const watch = watchClient(lease);
  const ended = Promise.withResolvers<void>();
  let gone = false;
  let closed = false;
  const query = createBoundedQuery({
    ...statement,
    budget,
    names,
    onEnough: watch.cancel,
    onFlood: watch.destroy,
    onEnd: (error, begun) => {
      signal.removeEventListener("abort", leave);
      deadlines.leave(overdue);
      const failure = gone
        ? callerGone(error)
        : error && watch.explain(error, sourceId, statement.sql);
      if (failure !== null && !begun && isFarewell(error)) unbegun.add(failure);
      const given = watch.giveBack(error !== null);
      ended.resolve();
      if (given !== undefined) return given.then(() => throwIf(failure));
      throwIf(failure);
    },
  });
  const leave = () => {
    gone = true;
    query.drop();
    watch.cancel();
  };
  const deadlines = deadlinesOf(Math.ceil(budget.timeoutMs) + GRACE_MS);
  const overdue = deadlines.enter(watch.destroy);
  signal.addEventListener("abort", leave, { once: true });
  client.query(query);
  const columns = await query.opened;
  return {
    columns,
    read: async () => (closed ? null : query.read()),
    truncated: query.truncated,
    close: async () => {
      closed = true;
      if (!watch.isGivenBack()) {
        query.drop();
        watch.cancel();
      }
      await ended.promise;
    },
  };
}

/** What may happen to a connection while it is out, and in which state it can be given back. */
function watchClient({ client, cancel }: Lease) {
  let broken = false;
  let destroyed = false;
  let givenBack = false;
  let cancelling: Promise<void> | null = null;
  // The pool listens to idle clients only; one that breaks while it is out would end the process.
  const onBroken = () => {
    broken = true;
  };
  client.on("error", onBroken);
  const release = (destroy: boolean) => {
    client.off("error", onBroken);
    client.release(destroy);
  };
  return {
    cancel: () => {
      cancelling ??= cancel(client).catch(() => undefined);
    },
    destroy: () => {
      destroyed = true;
      broken = true;
      stream(client).destroy();
    },
    explain: (error: Error, sourceId: string, sql: string): AppError =>
      destroyed ? floodOrTimeout(error, sourceId) : toSourceError(error, sourceId, sql),
    isGivenBack: () => givenBack,
    /** Undefined where nothing had to be waited for. */
    giveBack: (failed: boolean): Promise<void> | undefined => {
      givenBack = true;
      // The server says that a cancellation was sent, not that it has come: it may yet hit whatever runs there next.
      if (cancelling !== null) return cancelling.then(() => release(true));
      if (broken) release(true);
      else if (failed || client.getTransactionStatus() !== "I")
        // After an error the transaction is still open, or not said yet to be over.
        return client.query("ROLLBACK").then(
          () => release(false),
          () => release(true),
        );
      else release(false);
      return undefined;
    },
  };
}

export function callerGone(cause?: unknown): AppError {
  return new AppError("client_closed", "The caller went away; the query was cancelled.", { cause });
}

function isFarewell(error: Error | null): boolean {
  return FAREWELLS.includes((error as { code?: string } | null)?.code ?? "");
}

function throwIf(failure: AppError | null): void {
  if (failure !== null) throw failure;
}

function floodOrTimeout(error: unknown, sourceId: string): AppError {
  return new AppError(
    "query_failed",
    `A single row of ${sourceId} was larger than the byte budget, or the server did not keep its time limit; the query was ended.`,
    { cause: error, meta: { source: sourceId } },
  );
}

function stream(client: PoolClient): { destroy(): void } {
  return (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
}

/** One statement on a connection of its own: pulled chunk by chunk, within the budget, interrupted when time is up. */
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from "@duckdb/node-api";
import { AppError } from "../../kernel/app-error.ts";
import type {
  BoundStatement,
  ExecutionBudget,
  JsonRow,
  ResultStream,
} from "../../sources/ports.ts";
import { bindParameters } from "./bind-parameters.ts";
import { type CellType, cellTypeOf } from "./cells.ts";
import { loadDuckdb } from "./engine.ts";
import { type ErrorPlace, lakeError } from "./errors.ts";

export interface Lease {
  readonly connection: DuckDBConnection;
  readonly place: ErrorPlace;
  readonly sourceId: string;
  /** Gives back what the statement held; called once. */
  release(): void;
}

/** An interrupt that comes before the statement has begun is forgotten by DuckDB: it is said again. */
const INTERRUPT_AGAIN_MS = 20;

export async function openLakeStream(
  lease: Lease,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultStream> {
  const duckdb = await loadDuckdb();
  const watch = createWatch(lease, statement.sql, budget.timeoutMs, signal);
  try {
    const result = await watch.during(async () => {
      const prepared = await lease.connection.prepare(statement.sql);
      bindParameters(duckdb, prepared, statement.params);
      watch.check();
      return prepared.stream();
    });
    const types = result.columnTypes().map((type) => cellTypeOf(duckdb, type));
    const columns = result.columnNames().map((name, i) => ({ name, type: types[i]?.name ?? "" }));
    const pull = createPull(result, types, budget);
    return { columns, ...readingOf(pull, watch, lease, signal) };
  } catch (error) {
    close(lease);
    throw error;
  }
}

function close({ connection, release }: Lease): void {
  connection.closeSync();
  release();
}

/** One reader at a time; closing waits for none of them, since it interrupts. */
function readingOf(pull: Pull, watch: Watch, lease: Lease, signal: AbortSignal) {
  let ended: Promise<void> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let left = false;
  const end = () => {
    ended ??= last
      .catch(() => undefined)
      .then(async () => {
        signal.removeEventListener("abort", leave);
        if (!pull.atEnd()) await watch.abandon(pull.discard);
        close(lease);
      });
    return ended;
  };
  // A caller may go away while nobody reads.
  const leave = () => {
    left = !pull.atEnd();
    watch.stop();
    void end();
  };
  signal.addEventListener("abort", leave, { once: true });
  return {
    async read(): Promise<readonly JsonRow[] | null> {
      if (ended !== null || pull.atEnd()) {
        await end();
        if (left) throw callerGone();
        return null;
      }
      const reading = watch.during(pull.next);
      last = reading;
      try {
        const rows = await reading;
        if (rows === null) await end();
        return rows;
      } catch (error) {
        await end();
        throw error;
      }
    },
    truncated: pull.truncated,
    close: async () => {
      watch.stop();
      await end();
    },
  };
}

interface Pull {
  /** The next rows that the budget lets through, or null at the end. */
  next(): Promise<readonly JsonRow[] | null>;
  truncated(): boolean;
  /** True when DuckDB has nothing more to do for this statement. */
  atEnd(): boolean;
  /** Asks for more of what was interrupted, so that DuckDB notices and lets go. */
  discard(): Promise<unknown>;
}

function createPull(
  result: DuckDBResult,
  types: readonly CellType[],
  budget: ExecutionBudget,
): Pull {
  let count = 0;
  let bytes = 0;
  let cut = false;
  let ended = false;
  const take = (chunk: DuckDBDataChunk): readonly JsonRow[] => {
    const columns = types.map((_type, i) => chunk.getColumnVector(i));
    const rows: JsonRow[] = [];
    for (let r = 0; r < chunk.rowCount; r++) {
      // One row more than wanted tells "exactly enough" from "too many".
      cut = count >= budget.maxRows;
      if (cut) break;
      const row = types.map((type, i) => type.encode(columns[i]?.getItem(r) ?? null));
      const size = row.reduce((sum, cell) => sum + cell.length + 1, 0);
      cut = bytes + size > budget.maxBytes;
      if (cut) break;
      bytes += size;
      count++;
      rows.push(row);
    }
    return rows;
  };
  const next = async (): Promise<readonly JsonRow[] | null> => {
    while (!ended && !cut) {
      const chunk = await result.fetchChunk();
      ended = chunk === null || chunk.rowCount === 0;
      const rows = chunk === null || ended ? [] : take(chunk);
      if (rows.length > 0) return rows;
    }
    return null;
  };
  return {
    next,
    truncated: () => cut,
    atEnd: () => ended,
    discard: () => result.fetchChunk(),
  };
}

interface Watch {
  /** Runs a call of DuckDB; interrupts it when time is up or the caller has gone. @throws AppError. */
  during<T>(call: () => Promise<T>): Promise<T>;
  /** Ends a statement that nobody wants any more, and waits until it has ended. */
  abandon(call: () => Promise<unknown>): Promise<void>;
  check(): void;
  stop(): void;
}

/** Time counts while DuckDB works, not while the reader is away. */
function createWatch(lease: Lease, sql: string, timeoutMs: number, signal: AbortSignal): Watch {
  const { connection, place } = lease;
  let left = timeoutMs;
  let stopped: "time" | "caller" | null = null;
  let again: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    again ??= setInterval(() => connection.interrupt(), INTERRUPT_AGAIN_MS);
  };
  const halt = (why: "time" | "caller") => {
    stopped ??= why;
    interrupt();
  };
  const rest = () => {
    clearInterval(again);
    again = undefined;
  };
  const failure = (error: unknown): AppError => {
    if (stopped === "time") return overdue(lease.sourceId, error);
    if (stopped === "caller" || signal.aborted) return callerGone(error);
    return lakeError(error, place, sql);
  };
  const check = () => {
    if (stopped !== null || signal.aborted) throw failure(null);
  };
  return {
    check,
    async during(call) {
      check();
      const started = performance.now();
      const timer = setTimeout(halt, Math.max(0, left), "time");
      const leave = () => halt("caller");
      signal.addEventListener("abort", leave, { once: true });
      try {
        const value = await call();
        // What came although it was stopped came too late.
        check();
        return value;
      } catch (error) {
        throw failure(error);
      } finally {
        clearTimeout(timer);
        rest();
        signal.removeEventListener("abort", leave);
        left -= performance.now() - started;
      }
    },
    async abandon(call) {
      interrupt();
      await call().catch(() => undefined);
      rest();
    },
    stop: () => {
      stopped ??= "caller";
      connection.interrupt();
    },
  };
}

export function callerGone(cause?: unknown): AppError {
  return new AppError("client_closed", "The caller went away; the query was cancelled.", { cause });
}

export function overdue(sourceId: string, cause?: unknown): AppError {
  return new AppError(
    "query_timeout",
    `The query on ${sourceId} took too long and was cancelled.`,
    { cause, meta: { source: sourceId } },
  );
}

/** The embedded database as a data source: read-only, bounded by a cursor, ended by ending its thread. */
import { AppError } from "../../kernel/app-error.ts";
import type {
  BoundStatement,
  ExecutionBudget,
  JsonValue,
  ResultColumn,
  ResultSet,
  SourceAdapter,
  SourceCheck,
} from "../../sources/ports.ts";
import { decoderOf, encodeParameter, typeName } from "../pg-values/decode.ts";
import { toSourceError } from "../pg-values/errors.ts";
import { INTROSPECT_SQL, toSourceSchema } from "../pg-values/introspect.ts";
import { type EmbeddedDatabase, openEmbeddedDatabase } from "./client.ts";
import type { WorkerRows } from "./worker.ts";

const FETCH_ROWS = 1_000;
const INTROSPECT_BUDGET: ExecutionBudget = {
  maxRows: 5_000,
  maxBytes: 67_108_864,
  timeoutMs: 30_000,
};
const CHECK_BUDGET: ExecutionBudget = { maxRows: 1, maxBytes: 65_536, timeoutMs: 3_000 };

export interface PgliteSourceOptions {
  readonly sourceId: string;
  /** A folder, or `memory://`. */
  readonly dataDir: string;
  readonly schemas: readonly string[];
  /** Awaited before each use: brings the data up to date (the sample data are relative to today). */
  readonly prepare?: (database: EmbeddedDatabase) => Promise<void>;
}

export function createPgliteSource(options: PgliteSourceOptions): SourceAdapter {
  const database = openEmbeddedDatabase(options.dataDir);
  const execute = async (
    statement: BoundStatement,
    budget: ExecutionBudget,
    signal: AbortSignal,
  ): Promise<ResultSet> => {
    const work = async () => {
      await options.prepare?.(database);
      return database.exclusively(async (run) => {
        // The caller may have gone away while others had the connection.
        if (signal.aborted) throw callerGone();
        return runBounded({ database, run, sourceId: options.sourceId }, statement, budget, signal);
      });
    };
    try {
      return await untilGone(work, signal);
    } catch (error) {
      throw signal.aborted ? callerGone(error) : toSourceError(error, options.sourceId);
    }
  };
  return {
    execute,
    introspect: async (signal) => {
      const { rows } = await execute(
        { sql: INTROSPECT_SQL, params: [[...options.schemas]] },
        INTROSPECT_BUDGET,
        signal,
      );
      return toSourceSchema(rows.map((row) => String(row[0])));
    },
    check: (signal) => check(execute, signal),
    close: () => database.close(),
  };
}

async function check(execute: SourceAdapter["execute"], signal: AbortSignal): Promise<SourceCheck> {
  const started = performance.now();
  const latencyMs = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const sql = "select current_setting('server_version')";
    const { rows } = await execute({ sql, params: [] }, CHECK_BUDGET, signal);
    return {
      ok: true,
      latencyMs: latencyMs(),
      evidence: `embedded PostgreSQL ${rows[0]?.[0]} answered`,
    };
  } catch (error) {
    const evidence = error instanceof AppError ? error.detail : "no answer";
    return { ok: false, latencyMs: latencyMs(), evidence };
  }
}

function callerGone(cause?: unknown): AppError {
  return new AppError("client_closed", "The caller went away; the query was ended.", { cause });
}

/** Does not keep a caller who has gone waiting for its turn. */
async function untilGone<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw callerGone();
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const leave = () => reject(callerGone());
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work(), gone]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

interface Session {
  readonly database: EmbeddedDatabase;
  readonly run: EmbeddedDatabase["run"];
  readonly sourceId: string;
}

async function runBounded(
  session: Session,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultSet> {
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  stopped.catch(() => undefined);
  const end = (error: AppError) => {
    stop(error);
    void session.database.kill(error.detail);
  };
  const timer = setTimeout(
    () =>
      end(
        new AppError(
          "query_timeout",
          `The query on ${session.sourceId} took longer than ${budget.timeoutMs} ms and was ended.`,
        ),
      ),
    budget.timeoutMs,
  );
  const onAbort = () => end(callerGone());
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([readAll(session.run, statement, budget), stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

async function readAll(
  run: EmbeddedDatabase["run"],
  statement: BoundStatement,
  budget: ExecutionBudget,
): Promise<ResultSet> {
  const plain = (sql: string) => run({ sql, params: [], mode: "text" });
  await plain("BEGIN TRANSACTION READ ONLY");
  try {
    const params = statement.params.map(encodeParameter);
    // EXPLAIN cannot be read through a cursor, and its output is small.
    if (/^\s*explain\b/i.test(statement.sql))
      return collect([await run({ sql: statement.sql, params, mode: "text" })], budget);
    await run({
      sql: `DECLARE bounded NO SCROLL CURSOR FOR ${statement.sql}`,
      params,
      mode: "text",
    });
    const batches: WorkerRows[] = [];
    let bytes = 0;
    for (let wanted = budget.maxRows + 1; wanted > 0; wanted -= FETCH_ROWS) {
      const batch = await plain(`FETCH FORWARD ${Math.min(FETCH_ROWS, wanted)} FROM bounded`);
      batches.push(batch);
      bytes += batchBytes(batch);
      if (batch.rows.length < Math.min(FETCH_ROWS, wanted) || bytes > budget.maxBytes) break;
    }
    return collect(batches, budget);
  } finally {
    // Where the thread was ended its transaction went with it.
    await plain("ROLLBACK").catch(() => undefined);
  }
}

type TextRow = readonly (string | null)[];

function batchBytes(batch: WorkerRows): number {
  return (batch.rows as readonly TextRow[]).reduce((sum, row) => sum + rowBytes(row), 0);
}

function rowBytes(row: TextRow): number {
  return row.reduce((sum, field) => sum + (field === null ? 4 : field.length + 3), 0);
}

function collect(batches: readonly WorkerRows[], budget: ExecutionBudget): ResultSet {
  const fields = batches[0]?.fields ?? [];
  const columns: ResultColumn[] = fields.map((field) => ({
    name: field.name,
    type: typeName(field.dataTypeID),
  }));
  const decoders = fields.map((field) => decoderOf(field.dataTypeID));
  const rows: JsonValue[][] = [];
  let bytes = 0;
  for (const row of batches.flatMap((batch) => batch.rows as readonly TextRow[])) {
    bytes += rowBytes(row);
    if (rows.length >= budget.maxRows || bytes > budget.maxBytes)
      return { columns, rows, truncated: true };
    rows.push(
      row.map((field, i) =>
        field === null ? null : (decoders[i] as (text: string) => JsonValue)(field),
      ),
    );
  }
  return { columns, rows, truncated: false };
}

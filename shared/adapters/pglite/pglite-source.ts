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
/** How many may wait for the one connection. */
const MAX_WAITING = 64;
/** A thread takes about a second; a folder's first start makes a database in it, and the sample's rows. */
const START_LIMIT_MS = 30_000;
/** How often the time limit is looked at while a thread starts. */
const STARTING_LOOK_MS = 25;
/** WebAssembly's memory never shrinks: a thread whose memory has grown by this much is replaced. */
const HEAP_SLACK_BYTES = 64 * 1_048_576;
/** A character is at most three bytes of UTF-8, and a field's length four bytes where `rowBytes` counts three. */
const WIRE_BYTES_PER_BYTE = 3;
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
  const database = openEmbeddedDatabase(options.dataDir, { maxWaiting: MAX_WAITING });
  const execute = async (
    statement: BoundStatement,
    budget: ExecutionBudget,
    signal: AbortSignal,
  ): Promise<ResultSet> => {
    try {
      await prepare(options, database, signal);
      const call = beginCall(database, options.sourceId, budget.timeoutMs, signal);
      try {
        return await database.exclusively(async (run, retire) => {
          call.runs();
          // What is in memory only would be lost with the thread.
          const grown = options.dataDir.startsWith("memory:") ? () => undefined : retire;
          return readAll(watchHeap(run, grown), statement, budget);
        }, call.signal);
      } finally {
        call.end();
      }
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

function startTooLong(sourceId: string): AppError {
  return new AppError(
    "source_unavailable",
    `The data source ${sourceId} did not start in ${START_LIMIT_MS / 1_000} s.`,
    { retryAfterSeconds: 5 },
  );
}

/** Part of the start: not counted by the time limit, but not waited for by a caller who has gone, nor for ever. */
async function prepare(
  options: PgliteSourceOptions,
  database: EmbeddedDatabase,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) throw callerGone();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const leave = () => reject(callerGone());
  const timer = setTimeout(() => reject(startTooLong(options.sourceId)), START_LIMIT_MS);
  signal.addEventListener("abort", leave, { once: true });
  try {
    await Promise.race([options.prepare?.(database), stopped]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}

interface Call {
  /** Aborts, with the error to answer, when the caller goes away or the time is used up. */
  readonly signal: AbortSignal;
  /** It is this call's turn. */
  runs(): void;
  end(): void;
}

/** The time limit counts from here, the wait for others included, but not while a thread starts. */
function beginCall(
  database: Pick<EmbeddedDatabase, "startingMs">,
  sourceId: string,
  timeoutMs: number,
  signal: AbortSignal,
): Call {
  const stop = new AbortController();
  const began = performance.now();
  const startingBefore = database.startingMs();
  let running = false;
  let seenStartingMs = startingBefore;
  let timer: NodeJS.Timeout;
  const look = () => {
    const startingMs = database.startingMs();
    const isStarting = startingMs !== seenStartingMs;
    seenStartingMs = startingMs;
    const start = startingMs - startingBefore;
    const left = timeoutMs - (performance.now() - began - start);
    if (start > START_LIMIT_MS) stop.abort(startTooLong(sourceId));
    else if (left <= 0) stop.abort(timeIsUp(sourceId, timeoutMs, running));
    else timer = setTimeout(look, isStarting ? Math.max(left, STARTING_LOOK_MS) : Math.ceil(left));
  };
  const leave = () => stop.abort(callerGone());
  signal.addEventListener("abort", leave, { once: true });
  // The caller may have gone away while the data were brought up to date.
  if (signal.aborted) leave();
  timer = setTimeout(look, timeoutMs);
  return {
    signal: stop.signal,
    runs: () => {
      running = true;
    },
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
    },
  };
}

function timeIsUp(sourceId: string, timeoutMs: number, running: boolean): AppError {
  return new AppError(
    "query_timeout",
    running
      ? `The query on ${sourceId} took longer than ${timeoutMs} ms and was ended.`
      : `The query on ${sourceId} waited for other queries for ${timeoutMs} ms and was not run.`,
  );
}

type Run = EmbeddedDatabase["run"];

function watchHeap(run: Run, grown: () => void): Run {
  return async (request) => {
    const answer = await run(request);
    if ((answer.heapGrowthBytes ?? 0) > HEAP_SLACK_BYTES) grown();
    return answer;
  };
}

async function readAll(
  run: Run,
  statement: BoundStatement,
  budget: ExecutionBudget,
): Promise<ResultSet> {
  const plain = (sql: string) => run({ sql, params: [], mode: "text" });
  await plain("BEGIN TRANSACTION READ ONLY");
  try {
    const params = statement.params.map(encodeParameter);
    // EXPLAIN cannot be read through a cursor, and its output is small.
    if (statement.explain)
      return collect([await run({ sql: statement.sql, params, mode: "text" })], budget);
    await run({
      sql: `DECLARE bounded NO SCROLL CURSOR FOR ${statement.sql}`,
      params,
      mode: "text",
    });
    return collect(await readBatches(run, budget), budget);
  } finally {
    // Where the thread was ended its transaction went with it.
    await plain("ROLLBACK").catch(() => undefined);
  }
}

/**
 * As many rows at a time as the bytes left hold at the mean size so far. Rows that turn out larger cost time and no
 * memory: the thread throws away what the budget cannot let through.
 */
async function readBatches(run: Run, budget: ExecutionBudget): Promise<readonly WorkerRows[]> {
  const batches: WorkerRows[] = [];
  let rows = 0;
  let bytes = 0;
  while (rows <= budget.maxRows && bytes <= budget.maxBytes) {
    const bytesLeft = budget.maxBytes - bytes;
    const fitting = rows === 0 ? 1 : Math.max(1, Math.floor(bytesLeft / Math.max(1, bytes / rows)));
    const size = Math.min(FETCH_ROWS, fitting, budget.maxRows + 1 - rows);
    const batch = await run({
      sql: `FETCH FORWARD ${size} FROM bounded`,
      params: [],
      mode: "fetch",
      maxBytes: bytesLeft * WIRE_BYTES_PER_BYTE,
    });
    batches.push(batch);
    rows += batch.rows.length;
    bytes += batchBytes(batch);
    if (batch.rows.length < size || batch.cut) break;
  }
  return batches;
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
  return { columns, rows, truncated: batches.at(-1)?.cut ?? false };
}

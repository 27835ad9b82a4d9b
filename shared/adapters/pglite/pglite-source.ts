/** The embedded database as a data source: read-only, bounded by a cursor, ended by ending its thread. */
import { AppError } from "../../kernel/app-error.ts";
import type {
  BoundStatement,
  ExecutionBudget,
  ResultStream,
  SourceAdapter,
} from "../../sources/ports.ts";
import { createRowChannel, type RowChannel } from "../../sources/row-channel.ts";
import { encodeParameter } from "../pg-values/cells.ts";
import { describePostgres } from "../pg-values/describe.ts";
import { toSourceError } from "../pg-values/errors.ts";
import { createRowSender, type RowSender, type TextRow } from "../pg-values/row-sender.ts";
import { type EmbeddedDatabase, type EmbeddedError, openEmbeddedDatabase } from "./client.ts";
import type { WorkerRows } from "./worker.ts";

const FETCH_ROWS = 1_000;
/** What one batch should hold at most, however large the budget of an export is. */
const MAX_BATCH_BYTES = 4 * 1_048_576;
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
  const execute: SourceAdapter["execute"] = async (statement, budget, signal) => {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const channel = createRowChannel();
    const cut = { truncated: false };
    const work = runStatement({ options, database, channel, cut }, statement, budget, either).then(
      channel.end,
      (error: unknown) =>
        channel.fail(
          either.aborted
            ? callerGone(error)
            : toSourceError(error, options.sourceId, statement.sql),
        ),
    );
    return toStream(await channel.opened, channel, cut, async () => {
      stop.abort();
      await work;
    });
  };
  return {
    dialect: "postgres",
    execute,
    ...describePostgres(execute, { schemas: options.schemas, product: "embedded PostgreSQL" }),
    // There is no login: the thread runs statements of the guard's choosing, in read-only transactions.
    privileges: async () => [],
    close: () => database.close(),
  };
}

function toStream(
  columns: ResultStream["columns"],
  channel: RowChannel,
  cut: { readonly truncated: boolean },
  stop: () => Promise<void>,
): ResultStream {
  let state: "open" | "ended" | "closed" = "open";
  return {
    columns,
    read: async () => {
      if (state !== "open") return null;
      const batch = await channel.read();
      if (batch === null) state = "ended";
      return batch;
    },
    truncated: () => cut.truncated,
    close: async () => {
      if (state === "open") await stop();
      state = "closed";
    },
  };
}

interface Work {
  readonly options: PgliteSourceOptions;
  readonly database: EmbeddedDatabase;
  readonly channel: RowChannel;
  readonly cut: { truncated: boolean };
}

async function runStatement(
  { options, database, channel, cut }: Work,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<void> {
  await prepare(options, database, signal);
  const call = beginCall(database, options.sourceId, budget.timeoutMs, signal);
  try {
    await database.exclusively(async (run, retire) => {
      call.runs();
      // What is in memory only would be lost with the thread.
      const grown = options.dataDir.startsWith("memory:") ? () => undefined : retire;
      cut.truncated = await sendRows(watchHeap(run, grown), statement, budget, channel);
    }, call.signal);
  } finally {
    call.end();
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
  const weigh = ({ heapGrowthBytes = 0 }: { readonly heapGrowthBytes?: number }) => {
    if (heapGrowthBytes > HEAP_SLACK_BYTES) grown();
  };
  return async (request) => {
    try {
      const answer = await run(request);
      weigh(answer);
      return answer;
    } catch (error) {
      weigh(error as EmbeddedError);
      throw error;
    }
  };
}

/** In a transaction of its own, which ends with an error or the thread as well. @returns whether rows were left out. */
async function sendRows(
  run: Run,
  statement: BoundStatement,
  budget: ExecutionBudget,
  channel: RowChannel,
): Promise<boolean> {
  const plain = (sql: string) => run({ sql, params: [], mode: "text" });
  await plain("BEGIN TRANSACTION READ ONLY");
  try {
    for (const [name, value] of Object.entries(statement.session ?? {}))
      await run({ sql: SET_ATTRIBUTE_SQL, params: [`mcp.${name}`, value], mode: "text" });
    const params = statement.params.map(encodeParameter);
    const sender = createRowSender(budget, channel);
    // EXPLAIN cannot be read through a cursor, and its output is small.
    if (statement.explain) {
      const plan = await run({ sql: statement.sql, params, mode: "text" });
      sender.open(plan.fields);
      sendAll(sender, plan);
    } else {
      await run({ sql: `${CURSOR}${statement.sql}`, params, mode: "text" }).catch(atStatement);
      await sendBatches(run, sender, budget, channel);
    }
    return sender.truncated();
  } finally {
    // Where the thread was ended its transaction went with it.
    await plain("ROLLBACK").catch(() => undefined);
  }
}

const CURSOR = "DECLARE bounded NO SCROLL CURSOR FOR ";

/** Places are told of the caller's statement, not of the text that was sent around it. @throws the error. */
function atStatement(error: EmbeddedError): never {
  const position = Number(error.position) - CURSOR.length;
  throw position > 0 ? Object.assign(error, { position: String(position) }) : error;
}

/** For row-level security: `current_setting('mcp.team', true)`. */
const SET_ATTRIBUTE_SQL = "select set_config($1, $2, true)";

/**
 * As many rows at a time as the bytes left hold at the mean size so far. Rows that turn out larger cost time and no
 * memory: the thread throws away what the budget cannot let through.
 */
async function sendBatches(
  run: Run,
  sender: RowSender,
  budget: ExecutionBudget,
  channel: RowChannel,
): Promise<void> {
  for (;;) {
    const { rows, bytes } = sender.sent();
    const bytesLeft = budget.maxBytes - bytes;
    const batchBytes = Math.min(bytesLeft, MAX_BATCH_BYTES);
    const fitting =
      rows === 0 ? 1 : Math.max(1, Math.floor(batchBytes / Math.max(1, bytes / rows)));
    const size = Math.min(FETCH_ROWS, fitting, budget.maxRows + 1 - rows);
    const batch = await run({
      sql: `FETCH FORWARD ${size} FROM bounded`,
      params: [],
      mode: "fetch",
      maxBytes: bytesLeft * WIRE_BYTES_PER_BYTE,
    });
    if (rows === 0) sender.open(batch.fields);
    if (sendAll(sender, batch) || batch.rows.length < size) return;
    await channel.room();
  }
}

/** A whole answer of the thread. @returns whether anything of it was left out. */
function sendAll(sender: RowSender, batch: WorkerRows): boolean {
  for (const row of batch.rows as readonly TextRow[]) {
    if (sender.truncated()) break;
    sender.add(row);
  }
  if (batch.cut) sender.cut();
  return sender.truncated();
}

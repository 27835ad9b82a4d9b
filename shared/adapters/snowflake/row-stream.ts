/** The driver's stream of rows as the port's: JSON text, within the budget, pulled and never pushed. */
import { callerGone } from "../../kernel/caller-gone.ts";
import { untilAborted } from "../../kernel/until-aborted.ts";
import type { ExecutionBudget, JsonRow, ResultColumn, ResultStream } from "../../sources/ports.ts";
import { type Cell, cellOf, columnType, FETCH_AS_STRING } from "./cells.ts";
import type { DriverRows, DriverStatement } from "./driver.ts";
import { toSnowflakeError } from "./errors.ts";
import { cancelOnServer, tookTooLong } from "./run-statement.ts";

export interface RowStreamOptions {
  readonly sourceId: string;
  readonly statement: DriverStatement;
  readonly budget: ExecutionBudget;
  readonly signal: AbortSignal;
  /** Called once, when nothing of the statement is left. */
  readonly release: (broken: boolean) => void;
}

/** Rows handed over at a time: enough to be cheap, few enough to be small. */
const BATCH_ROWS = 1_000;
const BATCH_BYTES = 262_144;

interface Progress {
  rows: number;
  bytes: number;
  truncated: boolean;
  state: "open" | "ended" | "closed";
  failure: unknown;
}

export function createRowStream(options: RowStreamOptions): ResultStream {
  const { statement, budget, signal, sourceId } = options;
  const driverColumns = statement.getColumns() ?? [];
  const columns: ResultColumn[] = driverColumns.map((column) => ({
    name: column.getName(),
    type: columnType(column.getType()),
  }));
  const cells = driverColumns.map((column) => cellOf(column.getType()));
  const rows = statement.streamRows({ fetchAsString: [...FETCH_AS_STRING] });
  const progress: Progress = { rows: 0, bytes: 0, truncated: false, state: "open", failure: null };
  // The driver emits errors without ending the stream, and may do so after it was destroyed.
  rows.on("error", (error: unknown) => {
    progress.failure ??= error;
  });

  const finish = async (state: "ended" | "closed", broken = false): Promise<void> => {
    if (progress.state !== "open") return;
    const left = !rows.readableEnded;
    progress.state = state;
    rows.destroy();
    if (left) await cancelOnServer(statement);
    options.release(broken);
  };

  return {
    columns,
    async read() {
      if (progress.state !== "open") return null;
      try {
        const batch = await readBatch(rows, cells, budget, progress, signal);
        if (batch.length > 0) return batch;
      } catch (error) {
        await finish("closed", true);
        if (signal.aborted) throw callerGone();
        throw isTimeout(error) ? tookTooLong(sourceId) : toSnowflakeError(error, sourceId);
      }
      await finish("ended");
      return null;
    },
    truncated: () => progress.truncated,
    close: () => finish("closed"),
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}

async function readBatch(
  rows: DriverRows,
  cells: readonly Cell[],
  budget: ExecutionBudget,
  progress: Progress,
  signal: AbortSignal,
): Promise<JsonRow[]> {
  const batch: JsonRow[] = [];
  const until = progress.bytes + BATCH_BYTES;
  while (batch.length < BATCH_ROWS && progress.bytes < until && !progress.truncated) {
    signal.throwIfAborted();
    const values = rows.read();
    if (values !== null) {
      addRow(batch, values, cells, budget, progress);
      continue;
    }
    if (progress.failure !== null) throw progress.failure;
    if (rows.readableEnded) break;
    // What is there is handed over rather than held back while more is fetched.
    if (batch.length > 0) break;
    await moreRows(rows, budget.timeoutMs, signal);
  }
  return batch;
}

function addRow(
  batch: JsonRow[],
  values: readonly unknown[],
  cells: readonly Cell[],
  budget: ExecutionBudget,
  progress: Progress,
): void {
  const row = cells.map((cell, i) => cell(values[i]));
  const size = row.reduce((sum, cell) => sum + cell.length + 1, 0);
  if (progress.rows >= budget.maxRows || progress.bytes + size > budget.maxBytes) {
    progress.truncated = true;
    return;
  }
  progress.rows++;
  progress.bytes += size;
  batch.push(row);
}

/** Ends when there is a row to read, the stream has ended or failed. */
async function moreRows(rows: DriverRows, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ["readable", "end", "error", "close"] as const;
  const wake = () => resolve();
  for (const event of events) rows.on(event, wake);
  try {
    await untilAborted(
      promise,
      AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(timeoutMs))]),
    );
  } finally {
    for (const event of events) rows.off(event, wake);
  }
}

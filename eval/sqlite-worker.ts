/** Runs golds on a SQLite file in a thread of its own: Node's SQLite is synchronous, and a slow gold is ended with it. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { RawCell } from "./cells.ts";
import type { RunResult } from "./run-result.ts";

export interface SqliteWorkerData {
  readonly file: string;
  readonly maxRows: number;
}

const { file, maxRows } = workerData as SqliteWorkerData;
const database = new DatabaseSync(file, { readOnly: true });

function run(sql: string): RunResult {
  try {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(true);
    const rows: RawCell[][] = [];
    for (const row of statement.iterate() as unknown as Iterable<unknown[]>) {
      if (rows.length === maxRows) return { kind: "failed", why: `more than ${maxRows} rows` };
      rows.push(row.map(toRawCell));
    }
    return { kind: "rows", rows };
  } catch (error) {
    return { kind: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

function toRawCell(value: unknown): RawCell {
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : (value as RawCell);
}

parentPort?.on("message", (sql: string) => parentPort?.postMessage(run(sql)));
parentPort?.postMessage("ready");

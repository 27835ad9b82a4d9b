/**
 * Runs one embedded PostgreSQL (PGlite, WASM) in a thread of its own: a query there cannot stop this process from
 * answering, and a query that takes too long is ended by ending the thread, since PGlite has no cancel.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { PGlite } from "@electric-sql/pglite";

export interface WorkerOptions {
  /** A folder, or `memory://`. */
  readonly dataDir: string;
}

export interface WorkerRequest {
  readonly id: number;
  readonly sql: string;
  readonly params: readonly unknown[];
  /** `rows`: objects with JavaScript values. `text`: arrays with PostgreSQL's text of each value. `script`: many statements, no rows. */
  readonly mode: "rows" | "text" | "script";
}

export interface WorkerRows {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly unknown[];
  readonly affectedRows: number;
}

export type WorkerReply =
  | { readonly id: number; readonly ok: true; readonly result: WorkerRows }
  | {
      readonly id: number;
      readonly ok: false;
      readonly error: {
        readonly message: string;
        readonly code?: string;
        readonly position?: string;
      };
    };

type TextParsers = Record<number, (text: string) => string>;

/** One for every type that PGlite would parse: the values stay as the text that PostgreSQL sent. */
const keepText = (database: PGlite): TextParsers =>
  Object.fromEntries(Object.keys(database.parsers).map((oid) => [oid, (text: string) => text]));

async function answer(
  database: PGlite,
  parsers: TextParsers,
  request: WorkerRequest,
): Promise<WorkerReply> {
  try {
    if (request.mode === "script") {
      await database.exec(request.sql);
      return { id: request.id, ok: true, result: { fields: [], rows: [], affectedRows: 0 } };
    }
    const options = request.mode === "text" ? { rowMode: "array" as const, parsers } : {};
    const result = await database.query(request.sql, [...request.params], options);
    return {
      id: request.id,
      ok: true,
      result: { fields: result.fields, rows: result.rows, affectedRows: result.affectedRows ?? 0 },
    };
  } catch (error) {
    const { message, code, position } = error as {
      message?: string;
      code?: string;
      position?: string;
    };
    return {
      id: request.id,
      ok: false,
      error: {
        message: message ?? String(error),
        ...(code !== undefined && { code }),
        ...(position !== undefined && { position }),
      },
    };
  }
}

async function serve(): Promise<void> {
  if (parentPort === null) throw new Error("this module runs as a worker thread only");
  const port = parentPort;
  const { dataDir } = workerData as WorkerOptions;
  const { PGlite } = await import("@electric-sql/pglite");
  const database = await PGlite.create({ dataDir });
  const parsers = keepText(database);
  let last: Promise<unknown> = Promise.resolve();
  port.on("message", (request: WorkerRequest | "close") => {
    if (request === "close") {
      last = last.then(async () => {
        await database.close();
        port.postMessage("closed");
        port.close();
      });
      return;
    }
    last = last.then(async () => port.postMessage(await answer(database, parsers, request)));
  });
  port.postMessage("ready");
}

await serve();

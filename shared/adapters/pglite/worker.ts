/**
 * Runs one embedded PostgreSQL (PGlite, WASM) in a thread of its own: a query there cannot stop this process from
 * answering, and a query that takes too long is ended by ending the thread, since PGlite has no cancel.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { messages, PGlite, protocol } from "@electric-sql/pglite";

export interface WorkerOptions {
  /** A folder, or `memory://`. */
  readonly dataDir: string;
}

export interface WorkerRequest {
  readonly id: number;
  readonly sql: string;
  readonly params: readonly unknown[];
  /**
   * `rows`: objects with JavaScript values. `text`: arrays with PostgreSQL's text of each value. `script`: many
   * statements, no rows. `fetch`: as `text`, without parameters and bounded by `maxBytes`.
   */
  readonly mode: "rows" | "text" | "script" | "fetch";
  /** With `fetch`: rows beyond this many bytes of the protocol are thrown away as they come. */
  readonly maxBytes?: number;
}

export interface WorkerRows {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly unknown[];
  readonly affectedRows: number;
  /** Rows were thrown away, as they were beyond `maxBytes`. */
  readonly cut?: boolean;
  /** By how much WebAssembly's memory has grown since the start; it never shrinks. With `fetch` only. */
  readonly heapGrowthBytes?: number;
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
        /** As with `fetch`: what fails for want of memory has made it grow the most. */
        readonly heapGrowthBytes: number;
      };
    };

type TextParsers = Record<number, (text: string) => string>;

/** One for every type that PGlite would parse: the values stay as the text that PostgreSQL sent. */
const keepText = (database: PGlite): TextParsers =>
  Object.fromEntries(Object.keys(database.parsers).map((oid) => [oid, (text: string) => text]));

async function answer(
  database: PGlite,
  { parsers, fetch }: { parsers: TextParsers; fetch: Fetch },
  request: WorkerRequest,
): Promise<WorkerReply> {
  try {
    if (request.mode === "fetch")
      return {
        id: request.id,
        ok: true,
        result: await fetch.rows(request.sql, request.maxBytes ?? Number.POSITIVE_INFINITY),
      };
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
        heapGrowthBytes: fetch.heapGrowthBytes(),
      },
    };
  }
}

interface Fetch {
  rows(sql: string, maxBytes: number): Promise<WorkerRows>;
  heapGrowthBytes(): number;
}

/** Below `query`, whose answer would be in memory whole before anyone could weigh it. */
function createFetch(database: PGlite, { Parser, serialize }: typeof protocol): Fetch {
  const heapBytes = () => database.Module.HEAPU8.byteLength;
  const heapAtStart = heapBytes();
  const heapGrowthBytes = () => heapBytes() - heapAtStart;
  const rowsOf: Fetch["rows"] = async (sql, maxBytes) => {
    const gate = createGate(maxBytes);
    const send = (message: Uint8Array, onRawData: (chunk: Uint8Array) => void) =>
      database.execProtocolRawStream(message, { syncToFs: false, onRawData });
    await database.runExclusive(async () => {
      await send(serialize.query(sql), gate.take);
      await send(serialize.sync(), () => undefined);
    });
    let fields: WorkerRows["fields"] = [];
    const rows: unknown[] = [];
    new Parser().parse(Buffer.concat(gate.kept), (message) => {
      if (message.name === "error") throw message;
      if (message.name === "rowDescription")
        fields = (message as messages.RowDescriptionMessage).fields.map((field) => ({
          name: field.name,
          dataTypeID: field.dataTypeID,
        }));
      if (message.name === "dataRow") rows.push((message as messages.DataRowMessage).fields);
    });
    return {
      fields,
      rows,
      affectedRows: 0,
      cut: gate.cut(),
      heapGrowthBytes: heapGrowthBytes(),
    };
  };
  return { rows: rowsOf, heapGrowthBytes };
}

/** A message is its type, its length with these four bytes, and its body (PostgreSQL 18, 54.7). */
const HEADER_BYTES = 5;
const DATA_ROW = "D".charCodeAt(0);
/** How many fields a row has: the part of its body that holds none of them. */
const FIELD_COUNT_BYTES = 2;

/** Keeps the messages of an answer that comes in pieces, but no row from the first that is beyond `maxBytes` on. */
function createGate(maxBytes: number) {
  const kept: Uint8Array[] = [];
  const header = Buffer.alloc(HEADER_BYTES);
  let headerFilled = 0;
  let bodyLeft = 0;
  let rowBytes = 0;
  let keep = true;
  let cut = false;
  const open = () => {
    bodyLeft = header.readUInt32BE(1) - 4;
    if (header[0] === DATA_ROW) {
      rowBytes += bodyLeft - FIELD_COUNT_BYTES;
      cut ||= rowBytes > maxBytes;
    }
    keep = !(cut && header[0] === DATA_ROW);
    if (keep) kept.push(Uint8Array.from(header));
  };
  const take = (chunk: Uint8Array) => {
    for (let at = 0; at < chunk.length; ) {
      if (bodyLeft > 0) {
        const part = chunk.subarray(at, at + bodyLeft);
        // Copied, as a chunk is a view of WebAssembly's memory.
        if (keep) kept.push(part.slice());
        bodyLeft -= part.length;
        at += part.length;
        continue;
      }
      header[headerFilled++] = chunk[at++] as number;
      if (headerFilled < HEADER_BYTES) continue;
      headerFilled = 0;
      open();
    }
  };
  return { take, kept, cut: () => cut };
}

async function serve(): Promise<void> {
  if (parentPort === null) throw new Error("this module runs as a worker thread only");
  const port = parentPort;
  const { dataDir } = workerData as WorkerOptions;
  const { PGlite, protocol } = await import("@electric-sql/pglite");
  const database = await PGlite.create({ dataDir });
  const tools = { parsers: keepText(database), fetch: createFetch(database, protocol) };
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
    last = last.then(async () => port.postMessage(await answer(database, tools, request)));
  });
  port.postMessage("ready");
}

await serve();

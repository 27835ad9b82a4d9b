/** One call of PostgreSQL's parser in WASM: text in, parse tree as JSON text or the parser's error out. */
import type { PgQueryWasm } from "libpg-query/wasm/libpg-query.js";

export type RawParse =
  | { readonly kind: "tree"; readonly json: string }
  /** `cursor` counts characters from 1; 0 where PostgreSQL gives no position. */
  | { readonly kind: "error"; readonly message: string; readonly cursor: number };

// struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
const RESULT_ERROR = 8;
// struct PgQueryError { char *message; char *funcname; char *filename; int lineno; int cursorpos; char *context; }
const ERROR_CURSOR = 16;

/** Throws (RangeError, WebAssembly.RuntimeError) when the instance trapped; it must not be used again then. */
export function parseInWasm(wasm: PgQueryWasm, sql: string): RawParse {
  const size = Buffer.byteLength(sql) + 1;
  const text = wasm._malloc(size);
  if (text === 0) throw new RangeError("libpg-query is out of memory");
  const written = bytesAt(wasm, text, text + size);
  written.write(sql);
  written[size - 1] = 0;
  const result = wasm._wasm_parse_query_raw(text);
  if (result === 0) throw new RangeError("libpg-query is out of memory");
  const error = wasm.getValue(result + RESULT_ERROR, "i32");
  const parsed: RawParse =
    error === 0
      ? { kind: "tree", json: textAt(wasm, wasm.getValue(result, "i32")) }
      : {
          kind: "error",
          message: textAt(wasm, wasm.getValue(error, "i32")),
          cursor: wasm.getValue(error + ERROR_CURSOR, "i32"),
        };
  // Only reached without a trap: after one the instance is thrown away with all its memory.
  wasm._wasm_free_parse_result(result);
  wasm._free(text);
  return parsed;
}

/** The memory may have grown since, and with it been replaced: asked for anew each time. */
function bytesAt({ HEAPU8 }: PgQueryWasm, start: number, end: number): Buffer {
  return Buffer.from(HEAPU8.buffer, HEAPU8.byteOffset + start, end - start);
}

/** Several times faster than Emscripten's own, which goes byte by byte; a Buffer looks for one many at a time. */
function textAt({ HEAPU8 }: PgQueryWasm, start: number): string {
  if (start === 0) return "";
  const memory = Buffer.from(HEAPU8.buffer, HEAPU8.byteOffset, HEAPU8.length);
  return memory.toString("utf8", start, memory.indexOf(0, start));
}

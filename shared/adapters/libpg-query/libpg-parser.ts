/** PostgreSQL's own parser (libpg-query, WASM) and deparser (pgsql-deparser) behind the SqlParser port. */

import { positionOf } from "../../kernel/text-position.ts";
import type { AstNode, ParseOutcome, SqlParser } from "../../sql/ports.ts";
import { scansTooSlowly } from "./operator-runs.ts";
import { parseInWasm, type RawParse } from "./parse-in-wasm.ts";
import { createWasmPool, type WasmPool } from "./wasm-pool.ts";

const TOO_DEEP: Read = {
  kind: "too_complex",
  message:
    "The statement is nested too deeply, or chains too many operators, joins or set operations.",
};

const MAX_MESSAGE_LENGTH = 200;

let loading: Promise<SqlParser> | undefined;

/** Loads the WASM module and the deparser once for the process; every call gives the same parser. */
export function createLibpgParser(): Promise<SqlParser> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<SqlParser> {
  const [pool, deparse] = await Promise.all([createWasmPool(), loadDeparser()]);
  return {
    parse: (sql) => {
      const raw = read(pool, sql);
      return raw.kind === "tree"
        ? { kind: "parsed", statements: statementsOf(raw.json), text: raw.json }
        : raw;
    },
    parseToText: (sql) => {
      const raw = read(pool, sql);
      return raw.kind === "tree" ? raw.json : null;
    },
    deparse,
  };
}

async function loadDeparser(): Promise<SqlParser["deparse"]> {
  // The package is CommonJS: `default` is the form that Node and a bundle agree on.
  const { Deparser } = (await import("pgsql-deparser")).default;
  // The deparser's node type is a union of 260 shapes; the port's plain JSON is the same data.
  return (statement) =>
    Deparser.deparse(statement as Parameters<typeof Deparser.deparse>[0], { pretty: false });
}

type Read =
  | Extract<RawParse, { kind: "tree" }>
  | Extract<ParseOutcome, { kind: "syntax_error" | "too_complex" }>;

function read(pool: WasmPool, sql: string): Read {
  if (scansTooSlowly(sql)) {
    return {
      kind: "too_complex",
      message: "The statement has overlong runs of operator characters.",
    };
  }
  const wasm = pool.current();
  if (wasm === null) {
    return {
      kind: "too_complex",
      message: "The parser is recovering from statements nested too deeply; try again.",
    };
  }
  let raw: RawParse;
  try {
    raw = parseInWasm(wasm, sql);
  } catch {
    // A trap: the tree was too deep for the stack. Anything else that throws here leaves the instance as suspect.
    pool.discard();
    return TOO_DEEP;
  }
  pool.trim();
  return raw.kind === "tree" ? raw : failureOf(raw, sql);
}

function failureOf(raw: Extract<RawParse, { kind: "error" }>, sql: string): Read {
  // Bison's word for 10 000 open brackets; PostgreSQL itself would say the same.
  if (raw.message.startsWith("memory exhausted")) return TOO_DEEP;
  return { kind: "syntax_error", message: shortened(raw.message), ...positionOf(sql, raw.cursor) };
}

/** PostgreSQL quotes the offending token whole, and an unterminated string may be as long as the statement. */
function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH
    ? message
    : `${message.slice(0, MAX_MESSAGE_LENGTH)}…`;
}

function statementsOf(json: string): readonly AstNode[] {
  const tree = JSON.parse(json) as { readonly stmts?: readonly { readonly stmt?: AstNode }[] };
  return (tree.stmts ?? []).map((raw) => raw.stmt ?? {});
}

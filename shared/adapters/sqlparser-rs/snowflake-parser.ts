/** The Snowflake dialect of sqlparser-rs (WASM) behind the SnowflakeParser port. */
import type { SnowflakeParse, SnowflakeParser } from "../../sql/snowflake/ports.ts";

const MAX_MESSAGE_LENGTH = 200;

interface Grammar {
  init(): Promise<void>;
  parse(sql: string, dialect: "snowflake"): readonly unknown[];
}

let loading: Promise<SnowflakeParser> | undefined;

/** Loads the WASM module once for the process. */
export function createSnowflakeParser(): Promise<SnowflakeParser> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<SnowflakeParser> {
  const grammar = (await import("@guanmingchiu/sqlparser-ts")) as unknown as Grammar;
  await grammar.init();
  return { parse: (sql) => parse(grammar, sql) };
}

function parse(grammar: Grammar, sql: string): SnowflakeParse {
  try {
    return { kind: "parsed", statements: grammar.parse(sql, "snowflake") };
  } catch (error) {
    return problemOf(error instanceof Error ? error.message : String(error));
  }
}

/** The parser's own sentence: `sql parser error: Expected: …, found: x at Line: 1, Column: 8`. */
function problemOf(text: string): SnowflakeParse {
  const said = /^(?:sql parser error: )?(Expected|.*recursion|.*)/is.exec(text)?.[0] ?? "";
  if (/recursion limit/i.test(said))
    return { kind: "too_complex", message: "The statement is nested too deeply." };
  const place = /\s*at Line: (\d+), Column: (\d+)/.exec(text);
  if (!/^sql parser error/i.test(text) && place === null)
    return { kind: "too_complex", message: "The statement is more than the parser can hold." };
  const message = text
    .replace(/^sql parser error: /i, "")
    .replace(/\s*at Line: \d+, Column: \d+/, "")
    .slice(0, MAX_MESSAGE_LENGTH);
  return {
    kind: "syntax_error",
    message,
    line: Number(place?.[1] ?? 1),
    column: Number(place?.[2] ?? 1),
  };
}

/**
 * Tokens written out again in the one form that every reader of SQL agrees on: one line, no comments, strings as `'…'`
 * with two escapes. This text, not the caller's, is what is parsed, judged and sent.
 */
import type { Token } from "./tokens.ts";

export interface Written {
  readonly sql: string;
  /** For each token, the column (1-based, in code points) at which it begins: the parser's positions. */
  readonly columns: readonly number[];
  /** For each token, where it begins and ends in `sql` (UTF-16 units). */
  readonly spans: readonly (readonly [start: number, end: number])[];
}

export type ParameterStyle = "contract" | "snowflake";

/** `contract` writes parameters as `$1`, `snowflake` as `:1` (numbered bind variables). */
export function writeTokens(tokens: readonly Token[], style: ParameterStyle = "contract"): Written {
  const columns: number[] = [];
  const spans: [number, number][] = [];
  let sql = "";
  let column = 1;
  tokens.forEach((token, i) => {
    const gap = sql === "" || isTight(tokens[i - 1], token) ? "" : " ";
    const text = writeToken(token, tokens[i - 1], style);
    columns.push(column + gap.length);
    spans.push([sql.length + gap.length, sql.length + gap.length + text.length]);
    sql += gap + text;
    column += gap.length + codePoints(text);
  });
  return { sql, columns, spans };
}

function writeToken(token: Token, before: Token | undefined, style: ParameterStyle): string {
  switch (token.kind) {
    case "word":
      return isPathPart(before) ? token.value : token.value.toUpperCase();
    case "quoted":
      return `"${token.value.replaceAll('"', '""')}"`;
    case "string":
      return quoteString(token.value);
    case "parameter":
      return `${style === "contract" ? "$" : ":"}${token.value}`;
    default:
      return token.value;
  }
}

/** After `:` and `.` a word may be a key inside a VARIANT, where case matters. */
function isPathPart(before: Token | undefined): boolean {
  return before?.kind === "symbol" && (before.value === "." || before.value === ":");
}

/** A string literal that Snowflake and the parser read alike, whatever is in it. */
export function quoteString(value: string): string {
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll("'", "''")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r");
  return `'${escaped}'`;
}

/** Only where a blank would change the meaning or the look of a path; everywhere else one blank parts two tokens. */
function isTight(before: Token | undefined, token: Token): boolean {
  const tight = (one: Token | undefined) =>
    one?.kind === "symbol" && (one.value === "." || one.value === ":" || one.value === "::");
  if (token.kind === "symbol" && token.value === "." && before?.kind === "number") return false;
  if (before?.kind === "symbol" && before.value === "." && token.kind === "number") return false;
  return tight(before) || tight(token);
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

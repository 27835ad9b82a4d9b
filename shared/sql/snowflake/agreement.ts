/**
 * Whether the parser read the same names, strings and parameters as the lexer did. The parser is not Snowflake's own, so
 * that a statement which the two read differently is refused: one of them is wrong about what Snowflake would run.
 */
import type { Written } from "./canonical.ts";
import type { Facts } from "./rules.ts";
import type { Token, TokenKind } from "./tokens.ts";

/** Null when they agree, else what they differ in. */
export function disagreement(
  tokens: readonly Token[],
  written: Written,
  facts: Facts,
): string | null {
  const values = (kind: TokenKind) =>
    tokens.filter((token) => token.kind === kind).map((token) => token.value);
  const quoted = facts.idents
    .filter(({ quote_style: quote }) => quote === '"')
    .map(({ value }) => String(value));
  const single = facts.idents
    .filter(({ quote_style: quote }) => quote === "'")
    .map(({ value }) => String(value));
  if (!sameValues(values("string"), [...facts.strings, ...single])) return "its strings";
  if (!sameValues(values("quoted"), [...quoted, ...facts.quotedKeys])) return "its quoted names";
  if (
    !sameValues(
      values("parameter"),
      facts.parameters.map((text) => text.slice(1)),
    )
  )
    return "its parameters";
  return facts.idents.every((ident) => standsThere(ident, tokens, written)) ? null : "its names";
}

function sameValues(one: readonly string[], other: readonly string[]): boolean {
  const [a, b] = [[...one].sort(), [...other].sort()];
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

interface Placed {
  readonly value?: unknown;
  readonly quote_style?: unknown;
  readonly span?: { readonly start?: { readonly line?: number; readonly column?: number } };
}

/** The parser says where each name begins: a token of that kind and value must begin there. */
function standsThere(
  { value, quote_style: quote, span }: Placed,
  tokens: readonly Token[],
  written: Written,
): boolean {
  const start = span?.start;
  // The parser gives some names (the keys of objects, a pivot's column) no place: then they must stand somewhere.
  if (start?.line === 0) return tokens.some((token) => isToken(token, value, quote));
  if (start?.line !== 1) return false;
  const token = tokens[indexOf(written.columns, start.column ?? 0)];
  return token !== undefined && isToken(token, value, quote);
}

function isToken(token: Token, value: unknown, quote: unknown): boolean {
  if (quote === '"') return token.kind === "quoted" && token.value === value;
  if (quote === "'") return token.kind === "string" && token.value === value;
  return token.kind === "word" && token.value.toUpperCase() === String(value).toUpperCase();
}

/** Columns rise: binary search. */
export function indexOf(columns: readonly number[], column: number): number {
  let [low, high] = [0, columns.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = columns[middle] ?? 0;
    if (found === column) return middle;
    if (found < column) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

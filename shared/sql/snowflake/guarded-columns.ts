/**
 * What a statement may not do with tables of which columns are withheld or masked, told from its tokens alone: names are
 * not resolved, so that whatever might be a masked column counts as one. It stands in the list of one plain SELECT, or
 * the statement is refused.
 */
import type { RelationView } from "../ports.ts";
import {
  guardedNames,
  type Refused,
  refusedMask,
  refusedPositions,
  refusedWhole,
} from "../restrict-refusals.ts";
import { indexOf } from "./agreement.ts";
import type { JudgedStatement } from "./snowflake-guard.ts";
import type { Token } from "./tokens.ts";

const fold = (name: string) => name.toUpperCase();
const isName = (token: Token | undefined) => token?.kind === "word" || token?.kind === "quoted";
const isSymbol = (token: Token | undefined, value: string) =>
  token?.kind === "symbol" && token.value === value;
const isWord = (token: Token | undefined, ...words: readonly string[]) =>
  token?.kind === "word" && words.includes(fold(token.value));

/** Null where nothing is to be said. */
export function objection(judged: JudgedStatement, views: readonly RelationView[]): Refused | null {
  const { tokens } = judged;
  if (tokens.some((_, at) => isStar(tokens, at))) {
    const whole = refusedWhole(views);
    if (whole !== null) return whole;
  }
  const guarded = guardedNames(views, fold);
  const partial = guarded.size > 0 || views.some((view) => !view.complete);
  const natural = tokens.some((token) => isWord(token, "NATURAL"));
  if (partial && (natural || isRenamed(judged))) return refusedPositions();
  return guarded.size > 0 && misuses(tokens, guarded) ? refusedMask(guarded) : null;
}

/** One that stands for columns: not a product, and not COUNT(*). */
function isStar(tokens: readonly Token[], at: number): boolean {
  if (!isSymbol(tokens[at], "*")) return false;
  const before = tokens[at - 1];
  if (isSymbol(before, "(")) return !isWord(tokens[at - 2], "COUNT");
  return (
    isSymbol(before, ".") || isSymbol(before, ",") || isWord(before, "SELECT", "DISTINCT", "ALL")
  );
}

/** `FROM t AS a (x, y)`. */
function isRenamed({ tokens, places, written }: JudgedStatement): boolean {
  return places.some(({ to }) => {
    let at = indexOf(written.columns, to) + 1;
    if (isWord(tokens[at], "AS")) at++;
    return isName(tokens[at]) && isSymbol(tokens[at + 1], "(") && !isWord(tokens[at], "SAMPLE");
  });
}

/** Words that make more of a statement than one SELECT over rows as they are. */
const RESHAPING = [
  ...["WITH", "UNION", "INTERSECT", "EXCEPT", "MINUS", "PIVOT", "UNPIVOT", "LATERAL", "TOP"],
  ...["MATCH_RECOGNIZE", "FLATTEN", "CONNECT"],
];

function misuses(tokens: readonly Token[], guarded: ReadonlySet<string>): boolean {
  const { items, end } = listOf(tokens);
  const forbidden = new Set(guarded);
  const shown = items.filter((item) => isShown(item, guarded, forbidden));
  const inShown = new Set(shown.flat());
  const rest = tokens.filter((token) => !inShown.has(token));
  const left = tokens.map((token) => (inShown.has(token) ? null : token));
  if (left.some((token, at) => token !== null && isStar(tokens, at))) return true;
  if (rest.some((token) => isName(token) && forbidden.has(fold(token.value)))) return true;
  if (shown.length === 0) return false;
  const nested = tokens.filter((token) => isWord(token, "SELECT")).length > 1;
  const reshaped = tokens.some((token) => isWord(token, "DISTINCT", "GROUP", ...RESHAPING));
  return nested || reshaped || isOrderedByPlace(tokens.slice(end));
}

/** The items of the first SELECT's list, and where it ends. */
function listOf(tokens: readonly Token[]): { items: Token[][]; end: number } {
  const items: Token[][] = [[]];
  if (!isWord(tokens[0], "SELECT")) return { items: [], end: 0 };
  let depth = 0;
  let at = 1;
  for (; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    if (depth === 0 && isWord(token, "FROM")) break;
    if (token.kind === "symbol" && "([{".includes(token.value)) depth++;
    if (token.kind === "symbol" && ")]}".includes(token.value)) depth--;
    if (depth === 0 && isSymbol(token, ",")) items.push([]);
    else items.at(-1)?.push(token);
  }
  return { items, end: at };
}

/** `[t.]column [[AS] alias]`, or `[t.]*`; what a masked column is called then may be used no more than itself. */
function isShown(item: readonly Token[], guarded: ReadonlySet<string>, forbidden: Set<string>) {
  let at = 0;
  while (isName(item[at]) && isSymbol(item[at + 1], ".")) at += 2;
  if (isSymbol(item[at], "*")) return item.length === at + 1;
  const column = item[at];
  if (!isName(column) || !guarded.has(fold(column?.value ?? ""))) return false;
  at++;
  if (isWord(item[at], "AS")) at++;
  const alias = item[at];
  if (alias === undefined) return true;
  if (!isName(alias) || item.length !== at + 1) return false;
  forbidden.add(fold(alias.value));
  return true;
}

/** ORDER BY 1 and ORDER BY ALL mean columns of the list. */
function isOrderedByPlace(tokens: readonly Token[]): boolean {
  const order = tokens.findIndex((token) => isWord(token, "ORDER"));
  if (order < 0) return false;
  const rest = tokens.slice(order);
  const limit = rest.findIndex((token) => isWord(token, "LIMIT", "OFFSET", "FETCH"));
  const list = limit < 0 ? rest : rest.slice(0, limit);
  return list.some((token) => token.kind === "number" || isWord(token, "ALL"));
}

/**
 * Puts a policy in the place of each table: `(SELECT columns FROM t WHERE filter) AS t`. Works on the exact places of the
 * tables in the canonical tokens, so that everything else of the statement stays as it was judged.
 */
import { quoted } from "../../kernel/identifiers.ts";
import type { TableName } from "../ports.ts";
import { indexOf } from "./agreement.ts";
import { writeTokens } from "./canonical.ts";
import { lexSnowflake } from "./lexer.ts";
import type { SnowflakeParser } from "./ports.ts";
import type { TablePlace } from "./rules.ts";
import { type JudgedStatement, judgeSnowflake } from "./snowflake-guard.ts";
import type { Token } from "./tokens.ts";

/** What one principal sees of one table. Expressions are the policy's own SQL; columns are stored names. */
export interface TableRestriction {
  readonly columns: readonly { readonly name: string; readonly mask: string | null }[];
  /** A condition over the table's columns, or null for every row. */
  readonly filter: string | null;
}

/** A whole query to stand for a table; a quoted name `"{x}"` in it is the parameter that carries x. */
export interface TableView {
  readonly query: string;
  bind(name: string): number;
}

/** Null leaves a table as it is. */
export type RestrictionOf = (table: TableName) => TableRestriction | TableView | null;

export type RestrictedSql =
  | { readonly ok: true; readonly sql: string }
  /** Nothing may run then. */
  | { readonly ok: false; readonly reason: string };

/** @returns the statement in its canonical form with every restricted table replaced. Never throws. */
export function restrictTables(
  parser: SnowflakeParser,
  sql: string,
  restrictionOf: RestrictionOf,
): RestrictedSql {
  const judged = judgeSnowflake(parser, sql);
  if ("verdict" in judged) return { ok: false, reason: "the statement is not one that may run" };
  return restrictJudged(parser, judged, restrictionOf);
}

/** The same for a statement that was judged already. */
export function restrictJudged(
  parser: SnowflakeParser,
  judged: JudgedStatement,
  restrictionOf: RestrictionOf,
): RestrictedSql {
  const replacements = new Map<number, Replacement>();
  for (const place of judged.places) {
    const restriction = restrictionOf(place.table);
    if (restriction === null) continue;
    const made = replacementFor(parser, judged, place, restriction);
    if (typeof made === "string") return { ok: false, reason: made };
    replacements.set(made.from, made);
  }
  return { ok: true, sql: judged.prefix + writeTokens(replaced(judged.tokens, replacements)).sql };
}

interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly tokens: readonly Token[];
}

function replacementFor(
  parser: SnowflakeParser,
  judged: JudgedStatement,
  place: TablePlace,
  restriction: TableRestriction | TableView,
): Replacement | string {
  const from = indexOf(judged.written.columns, place.from);
  const to = indexOf(judged.written.columns, place.to);
  if (from < 0 || to < from) return "the place of a table is not clear";
  if ("query" in restriction) return viewFor(parser, restriction, place, { from, to });
  if (restriction.columns.length === 0) return `no column of ${place.table.name} may be read`;
  const parts = [restriction.filter, ...restriction.columns.map(({ mask }) => mask)];
  const wrong = parts.find((part) => part !== null && !isExpression(parser, part));
  if (wrong !== undefined) return `the policy of ${place.table.name} is not an expression`;
  const table = judged.tokens.slice(from, to + 1);
  const text = subselect(table, restriction);
  const lexed = lexSnowflake(text + aliasOf(place));
  return lexed.ok ? { from, to, tokens: lexed.tokens } : "the policy cannot be written";
}

const aliasOf = ({ hasAlias, table }: TablePlace) => (hasAlias ? "" : ` AS ${quoted(table.name)}`);

/** The query is judged as a statement of its own, so that it cannot be more than that. */
function viewFor(
  parser: SnowflakeParser,
  { query, bind }: TableView,
  place: TablePlace,
  at: { readonly from: number; readonly to: number },
): Replacement | string {
  const lexed = lexSnowflake(query);
  const sound =
    lexed.ok && isBalanced(lexed.tokens) && !("verdict" in judgeSnowflake(parser, query));
  const around = lexSnowflake(`()${aliasOf(place)}`);
  if (!sound || !around.ok) return `the policy of ${place.table.name} cannot be written`;
  const [open, ...close] = around.tokens as [Token, ...Token[]];
  return { ...at, tokens: [open, ...lexed.tokens.map((token) => bound(token, bind)), ...close] };
}

function bound(token: Token, bind: TableView["bind"]): Token {
  const name =
    token.kind === "quoted" ? /^\{([a-z_][a-z0-9_.]*)\}$/.exec(token.value)?.[1] : undefined;
  return name === undefined ? token : { ...token, kind: "parameter", value: String(bind(name)) };
}

function subselect(table: readonly Token[], { columns, filter }: TableRestriction): string {
  const list = columns.map(({ name, mask }) =>
    mask === null ? quoted(name) : `(${mask}) AS ${quoted(name)}`,
  );
  const where = filter === null ? "" : ` WHERE (${filter})`;
  return `(SELECT ${list.join(", ")} FROM ${writeTokens(table).sql}${where})`;
}

/** One expression and nothing after it: `1) FROM t --` is none. Parameters belong to the statement. */
function isExpression(parser: SnowflakeParser, text: string): boolean {
  const lexed = lexSnowflake(text);
  if (!lexed.ok || lexed.tokens.some(({ kind }) => kind === "parameter")) return false;
  const judged = judgeSnowflake(parser, `SELECT (${writeTokens(lexed.tokens).sql}) AS X`);
  return !("verdict" in judged) && isBalanced(lexed.tokens);
}

/** No bracket of the expression closes one that is ours. */
export function isBalanced(tokens: readonly Token[]): boolean {
  let depth = 0;
  for (const { kind, value } of tokens) {
    if (kind !== "symbol") continue;
    if (value === "(") depth++;
    if (value === ")" && --depth < 0) return false;
  }
  return depth === 0;
}

function replaced(
  tokens: readonly Token[],
  replacements: ReadonlyMap<number, Replacement>,
): readonly Token[] {
  const result: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const found = replacements.get(i);
    if (found === undefined) result.push(tokens[i] as Token);
    else {
      result.push(...found.tokens);
      i = found.to;
    }
  }
  return result;
}

/**
 * Puts the view that a principal has of each table in its place: `(SELECT … FROM t WHERE …) AS t`. Works on the exact places
 * of the tables in the canonical tokens, so that everything else of the statement stays as it was judged.
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

export interface TableViews {
  /** A whole query to stand for the table; a quoted name `"{x}"` in it is the parameter that carries x. */
  queryOf(table: TableName): string;
  /** The number of that parameter. */
  bind(name: string): number;
}

export type RestrictedSql =
  | { readonly ok: true; readonly sql: string }
  /** Nothing may run then. */
  | { readonly ok: false; readonly reason: string };

/** @returns the statement in its canonical form with every table replaced. */
export function restrictTables(
  parser: SnowflakeParser,
  sql: string,
  views: TableViews,
): RestrictedSql {
  const judged = judgeSnowflake(parser, sql);
  if ("verdict" in judged) return { ok: false, reason: "the statement is not one that may run" };
  return restrictJudged(parser, judged, views);
}

/** The same for a statement that was judged already. */
export function restrictJudged(
  parser: SnowflakeParser,
  judged: JudgedStatement,
  views: TableViews,
): RestrictedSql {
  const replacements = new Map<number, Replacement>();
  for (const place of judged.places) {
    const made = replacementFor(parser, judged, place, views);
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

/** The query is judged as a statement of its own, so that it cannot be more than that. */
function replacementFor(
  parser: SnowflakeParser,
  judged: JudgedStatement,
  { from: start, to: end, hasAlias, table }: TablePlace,
  { queryOf, bind }: TableViews,
): Replacement | string {
  const from = indexOf(judged.written.columns, start);
  const to = indexOf(judged.written.columns, end);
  if (from < 0 || to < from) return "the place of a table is not clear";
  const query = queryOf(table);
  const lexed = lexSnowflake(query);
  const sound =
    lexed.ok && isBalanced(lexed.tokens) && !("verdict" in judgeSnowflake(parser, query));
  const around = lexSnowflake(`()${hasAlias ? "" : ` AS ${quoted(table.name)}`}`);
  if (!sound || !around.ok) return `the policy of ${table.name} cannot be written`;
  const [open, ...close] = around.tokens as [Token, ...Token[]];
  return { from, to, tokens: [open, ...lexed.tokens.map((token) => bound(token, bind)), ...close] };
}

function bound(token: Token, bind: TableViews["bind"]): Token {
  const name =
    token.kind === "quoted" ? /^\{([a-z_][a-z0-9_.]*)\}$/.exec(token.value)?.[1] : undefined;
  return name === undefined ? token : { ...token, kind: "parameter", value: String(bind(name)) };
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

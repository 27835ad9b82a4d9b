/** A policy's row filter in Snowflake's SQL: judged by the guard, one expression by its brackets, its columns by the grammar. */
import type { FilterReading, PlacedFilter } from "../../policy/ports.ts";
import { ROW, textNode } from "../policy-text.ts";
import { indexOf } from "./agreement.ts";
import { writeTokens } from "./canonical.ts";
import type { SnowflakeParser } from "./ports.ts";
import { isBalanced } from "./restrict-tables.ts";
import { storedName } from "./scopes.ts";
import { type JudgedStatement, judgeSnowflake } from "./snowflake-guard.ts";
import type { Token } from "./tokens.ts";
import { type Fields, walkTree } from "./walk.ts";

const invalid = (message: string) => ({ kind: "invalid", message }) as const;

const REFUSED: Readonly<Record<string, string>> = {
  "Expr.CompoundIdentifier": "columns are named without their table",
  "Expr.CompoundFieldAccess": "a field of an expression is not allowed in a row filter",
  "Expr.Tuple": "it must be one expression",
  "Expr.Lambda": "a lambda is not allowed in a row filter",
  WindowSpec: "a window function is not allowed in a row filter",
};

export function readSnowflakeFilter(
  parser: SnowflakeParser,
  { expression, values, places }: PlacedFilter,
): FilterReading {
  // The line break ends a comment that the expression may end with.
  const judged = judgeSnowflake(parser, `SELECT (${expression}\n)`);
  if ("verdict" in judged) {
    if (judged.verdict === "syntax_error") return invalid(judged.message);
    const reasons = judged.verdict === "refuse" ? judged.reasons : [];
    return invalid(reasons.map((reason) => reason.message).join(" "));
  }
  const inner = judged.tokens.slice(2, -1);
  if (inner.length === 0 || !isBalanced(inner)) return invalid("it must be one expression");
  const { idents, problem } = readTree(parser, judged);
  if (problem !== null) return invalid(problem);
  if (inner.some(isMarker)) return invalid("a quoted name in braces is not allowed");
  if (inner.filter(({ kind }) => kind === "parameter").length !== places)
    return invalid("a placeholder stands inside quotes or a comment, where it would be plain text");
  const own = judged.tokens.flatMap((token, at) => written(token, idents.get(at), values));
  const text = writeTokens(own.slice(2, -1)).sql;
  const columns = [...new Set(idents.values())];
  return { kind: "filter", expression: textNode(text), columns, volatile: judged.changing };
}

const isMarker = ({ kind, value }: Token): boolean => kind === "quoted" && value.startsWith("{");

/** The tokens that are columns, by their index, with the stored name. */
function readTree(parser: SnowflakeParser, { written: text }: JudgedStatement) {
  const outcome = parser.parse(text.sql);
  const idents = new Map<number, string>();
  let problem: string | null = null;
  let queries = 0;
  walkTree<null>(outcome.kind === "parsed" ? outcome.statements[0] : null, null, {
    enter: (type, node) => {
      problem ??= REFUSED[type] ?? null;
      if (type === "Query" && ++queries > 1)
        problem ??= "a subquery is not allowed in a row filter";
      if (type === "Expr.Identifier") {
        const at = indexOf(text.columns, columnOf(node as Fields));
        if (at < 0) problem ??= "the place of a column is not clear";
        idents.set(at, storedName(node as Fields));
      }
      return null;
    },
    unknown: (where) => {
      problem ??= `${where} is not allowed in a row filter`;
    },
  });
  return { idents, problem: problem as string | null };
}

const columnOf = (ident: Fields): number =>
  (ident.span as { readonly start?: { readonly column?: number } } | undefined)?.start?.column ?? 0;

const token = (kind: Token["kind"], value: string): Token => ({ kind, value, start: 0, end: 0 });

/** Columns are those of the policy's row; attributes are text, as PostgreSQL has it. */
function written(one: Token, column: string | undefined, values: readonly string[]): Token[] {
  if (column !== undefined)
    return [token("word", ROW), token("symbol", "."), token("quoted", column)];
  if (one.kind !== "parameter") return [one];
  const name = values[Number(one.value) - 1] ?? "";
  return [
    token("word", "CAST"),
    token("symbol", "("),
    token("quoted", `{${name}}`),
    token("word", "AS"),
    token("word", "VARCHAR"),
    token("symbol", ")"),
  ];
}

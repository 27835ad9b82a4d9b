/** The shape of a gold, from its parse tree: what the figures of Spider are broken down by. */
import type { AstNode, SqlParser } from "../shared/sql/ports.ts";
import { sqlTokens } from "./sql-tokens.ts";

export type Shape =
  | "one table"
  | "one table, group"
  | "join"
  | "join, group"
  | "nested"
  | "set operation"
  | "unreadable";

/** The most telling part decides: a set operation, then a query inside the query, then joins and groups. */
export function shapeOf(sql: string, parser: Pick<SqlParser, "parse">): Shape {
  const parsed = parser.parse(toPostgresQuotes(sql));
  const statement = parsed.kind === "parsed" ? parsed.statements[0] : undefined;
  if (statement === undefined) return "unreadable";
  const seen = { selects: 0, tables: 0, sets: 0, groups: 0 };
  count(statement, seen);
  if (seen.sets > 0) return "set operation";
  if (seen.selects > 1) return "nested";
  const base = seen.tables > 1 ? "join" : "one table";
  return seen.groups > 0 ? `${base}, group` : base;
}

/** Spider's golds quote names with backticks. */
export function toPostgresQuotes(sql: string): string {
  return sqlTokens(sql)
    .map(({ kind, text }) =>
      kind === "name" && text.startsWith("`")
        ? `"${text.slice(1, -1).replaceAll("``", "`").replaceAll('"', '""')}"`
        : text,
    )
    .join("");
}

interface Seen {
  selects: number;
  tables: number;
  sets: number;
  groups: number;
}

function count(node: unknown, seen: Seen): void {
  if (Array.isArray(node)) {
    for (const item of node) count(item, seen);
    return;
  }
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node as AstNode)) {
    if (key === "RangeVar") seen.tables++;
    if (key === "SelectStmt") seen.selects++;
    if (key === "op" && typeof value === "string" && /^SETOP_(?!NONE)/.test(value)) seen.sets++;
    if (key === "groupClause") seen.groups++;
    count(value, seen);
  }
}

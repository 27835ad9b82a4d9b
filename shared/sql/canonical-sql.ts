/** One text for all ways to write the same statement: parsed, written back, and checked to mean the same. */
import type { AstNode, SqlParser } from "./ports.ts";

/** Where things stood in the text; the only part of a tree that may differ. */
const POSITIONS: ReadonlySet<string> = new Set([
  "location",
  "name_location",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
  "stmt_location",
  "stmt_len",
]);

/** Falls back to the text itself, trimmed, where the deparser fails or its text parses to another tree. */
export function canonicalSqlOf(parser: SqlParser, statement: AstNode, sql: string): string {
  const canonical = deparsed(parser, statement);
  if (canonical === null) return sql.trim();
  const again = parser.parse(canonical);
  const faithful =
    again.kind === "parsed" &&
    again.statements.length === 1 &&
    sameTree(statement, again.statements[0]);
  return faithful ? canonical : sql.trim();
}

function deparsed(parser: SqlParser, statement: AstNode): string | null {
  try {
    return parser.deparse(statement);
  } catch {
    // An unknown construct, or a tree too deep for a recursive writer.
    return null;
  }
}

/** Equal but for positions; iterative, because a statement's depth is the sender's choice. Both are trees of JSON. */
export function sameTree(left: unknown, right: unknown): boolean {
  // Pairs, one after the other: every rewritten statement is compared whole before it runs.
  const pending: unknown[] = [left, right];
  while (pending.length > 0) {
    const b = pending.pop();
    const a = pending.pop();
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      if (a !== b) return false;
    } else if (Array.isArray(a) !== Array.isArray(b) || !pushFields(pending, a, b)) return false;
  }
  return true;
}

function pushFields(pending: unknown[], a: object, b: object): boolean {
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  let fields = 0;
  for (const key in left) {
    if (isPosition(key)) continue;
    fields++;
    const value = left[key];
    const other = right[key];
    if (typeof value === "object" && value !== null) pending.push(value, other);
    else if (value !== other) return false;
  }
  for (const key in right) if (!isPosition(key)) fields--;
  return fields === 0;
}

const isPosition = (key: string): boolean => key === "location" || POSITIONS.has(key);

/** A row filter's text → an expression over the row, with the principal's attributes as bound values. */
import { onlyExpression } from "../kernel/only-expression.ts";
import type { AstNode, SqlParser } from "../sql/ports.ts";
import { boundValue, column } from "./expressions.ts";
import type { FilterReading, PlacedFilter, StatementGuard } from "./ports.ts";

export interface RowFilter {
  readonly expression: AstNode;
  readonly columns: readonly string[];
  /** The attributes of the principal that it asks for. */
  readonly attributes: readonly string[];
  readonly volatile: boolean;
}

export type FilterOutcome =
  | { readonly kind: "filter"; readonly filter: RowFilter }
  | { readonly kind: "invalid"; readonly message: string };

export const ATTRIBUTE_NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** The bound value that carries an attribute. */
export const attributeValue = (attribute: string): string => `principal.${attribute}`;

const PLACEHOLDER = /\{principal\.([^{}]*)\}/g;

/** A filter looks at one row: nothing that reads others, and nothing whose meaning hangs on where it stands. */
const REFUSED_NODES: Readonly<Record<string, string>> = {
  SubLink: "a subquery",
  SelectStmt: "a subquery",
  A_Indirection: "a field or element of an expression",
  A_Star: "*",
  // Fields of a call.
  over: "a window function",
  agg_distinct: "an aggregate",
  agg_filter: "an aggregate",
  agg_order: "an aggregate",
  agg_star: "an aggregate",
  GroupingFunc: "GROUPING",
  SetToDefault: "DEFAULT",
};

/** Reads a filter in whatever dialect `read` knows. */
export async function compileRowFilter(
  read: (filter: PlacedFilter) => FilterReading | Promise<FilterReading>,
  source: string,
): Promise<FilterOutcome> {
  if (/\$\d/.test(source)) return invalid("$1 and the like are not allowed: use {principal.name}");
  const attributes: string[] = [];
  let places = 0;
  const expression = source.replace(PLACEHOLDER, (_, name: string) => {
    places++;
    if (!attributes.includes(name)) attributes.push(name);
    return `$${attributes.indexOf(name) + 1}`;
  });
  const unfit = attributes.find((name) => !ATTRIBUTE_NAME.test(name));
  if (unfit !== undefined) return invalid(`${unfit} is not the name of an attribute`);
  const outcome = await read({ expression, values: attributes.map(attributeValue), places });
  if (outcome.kind === "invalid") return outcome;
  return { kind: "filter", filter: { ...outcome, attributes } };
}

/** PostgreSQL's reading. */
export function readPostgresFilter(
  { parser, guard }: { readonly parser: SqlParser; readonly guard: StatementGuard },
  { expression, values, places }: PlacedFilter,
): FilterReading {
  // The line break ends a comment that the expression may end with.
  const sql = `SELECT (${expression}\n)`;
  const verdict = guard.check(sql);
  if (verdict.verdict === "syntax_error") return invalid(verdict.message);
  if (verdict.verdict === "refuse")
    return invalid(verdict.reasons.map((reason) => reason.message).join(" "));
  const parsed = parser.parse(sql);
  const value = parsed.kind === "parsed" ? onlyExpression(parsed.statements) : null;
  if (value === null) return invalid("it must be one expression");
  return compileTree(value, { values, places, volatile: verdict.volatile });
}

const invalid = (message: string) => ({ kind: "invalid", message }) as const;

interface Known {
  readonly values: readonly string[];
  readonly places: number;
  readonly volatile: boolean;
}

function compileTree(value: AstNode, known: Known): FilterReading {
  const found: Found = { columns: [], parameters: 0, problem: null };
  const expression = rebuilt(value, known.values, found) as AstNode;
  if (found.problem !== null) return invalid(found.problem);
  if (found.parameters !== known.places)
    return invalid("a placeholder stands inside quotes or a comment, where it would be plain text");
  return { kind: "filter", expression, columns: found.columns, volatile: known.volatile };
}

interface Found {
  readonly columns: string[];
  parameters: number;
  problem: string | null;
}

/** A copy with bare columns and placeholders made what they stand for; positions are left out. */
function rebuilt(value: unknown, values: readonly string[], found: Found): unknown {
  if (Array.isArray(value)) return value.map((item) => rebuilt(item, values, found));
  if (typeof value !== "object" || value === null) return value;
  const node = value as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  if (node.ColumnRef !== undefined) return rowColumn(node.ColumnRef, found);
  if (node.ParamRef !== undefined) {
    found.parameters++;
    return boundValue(values[Number(node.ParamRef.number) - 1] ?? "");
  }
  const entries = Object.entries(value).filter(
    ([key]) => !/(^|_)location$|_list_(start|end)$/.test(key),
  );
  for (const [key] of entries) {
    const refused = REFUSED_NODES[key];
    if (refused !== undefined) found.problem ??= `${refused} is not allowed in a row filter`;
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, rebuilt(member, values, found)]));
}

function rowColumn(reference: Readonly<Record<string, unknown>>, found: Found): AstNode {
  const fields = reference.fields as readonly { readonly String?: { readonly sval?: string } }[];
  const name = fields.length === 1 ? fields[0]?.String?.sval : undefined;
  if (name === undefined) found.problem ??= "columns are named without their table";
  else if (!found.columns.includes(name)) found.columns.push(name);
  return column(name ?? "");
}

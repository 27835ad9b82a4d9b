/** A policy's row filter in DuckDB's SQL: judged by the guard, and one expression over one row by its tree. */
import type { FilterReading, PlacedFilter } from "../../policy/ports.ts";
import { ROW, textNode } from "../policy-text.ts";
import type { GuardVerdict } from "../ports.ts";
import type { DuckdbAst, DuckdbParser } from "./ports.ts";
import { type Fields, folded, walkAst } from "./walk-ast.ts";

export interface FilterTools {
  readonly parser: DuckdbParser;
  readonly check: (sql: string) => Promise<GuardVerdict>;
}

const invalid = (message: string) => ({ kind: "invalid", message }) as const;

/** Classes of nodes that read other rows, or whose names mean something else. */
const REFUSED: Readonly<Record<string, string>> = {
  SUBQUERY: "a subquery",
  WINDOW: "a window function",
  STAR: "*",
  LAMBDA: "a lambda",
  POSITIONAL_REFERENCE: "a column by its position",
};

export const parameterOf = (name: string): string => name.replace(".", "_");

export async function readDuckdbFilter(
  { parser, check }: FilterTools,
  { expression, values, places }: PlacedFilter,
): Promise<FilterReading> {
  // The line break ends a comment that the expression may end with.
  const sql = `SELECT (${expression}\n)`;
  const verdict = await check(sql);
  if (verdict.verdict === "syntax_error") return invalid(verdict.message);
  if (verdict.verdict === "refuse")
    return invalid(verdict.reasons.map((reason) => reason.message).join(" "));
  const parsed = await parser.parse(sql);
  const tree = parsed.kind === "parsed" ? parsed.statements[0] : undefined;
  if (tree === undefined || !isOneExpression(tree)) return invalid("it must be one expression");
  const found = rename(tree, values);
  if (found.problem !== null) return invalid(found.problem);
  if (found.parameters !== places)
    return invalid("a placeholder stands inside quotes or a comment, where it would be plain text");
  const text = (await parser.write({ ...tree, named_param_map: [] })).replace(/^SELECT\s+/i, "");
  const { columns } = found;
  return { kind: "filter", expression: textNode(text), columns, volatile: verdict.volatile };
}

/** `SELECT <one expression>` and nothing else, whatever the text did to its brackets. */
function isOneExpression({ node }: DuckdbAst): boolean {
  const select = node as Fields;
  const list = select.select_list as Fields[] | undefined;
  const rest = ["where_clause", "having", "sample", "qualify"].every(
    (field) => (select[field] ?? null) === null,
  );
  const empty = ["modifiers", "group_expressions"].every(
    (field) => (select[field] as unknown[] | undefined)?.length === 0,
  );
  return (
    select.type === "SELECT_NODE" &&
    (select.from_table as Fields).type === "EMPTY" &&
    (select.cte_map as { map: unknown[] }).map.length === 0 &&
    list?.length === 1 &&
    list[0]?.alias === "" &&
    rest &&
    empty
  );
}

interface Found {
  readonly columns: string[];
  parameters: number;
  problem: string | null;
}

/** Columns become those of the policy's row, $1 … the names under which the values are bound. Changes the tree. */
function rename(tree: DuckdbAst, values: readonly string[]): Found {
  const found: Found = { columns: [], parameters: 0, problem: null };
  walkAst(tree, {
    enter(kind, node) {
      if (kind !== "expression") return true;
      // What it becomes is not described by the shape of what it was.
      const goOn = node.class !== "PARAMETER";
      renameNode(node, values, found);
      return goOn;
    },
    unknown: (what) => {
      found.problem ??= `${what} is not allowed in a row filter`;
    },
  });
  return found;
}

function renameNode(node: Fields, values: readonly string[], found: Found): void {
  const refused = REFUSED[String(node.class)];
  if (refused !== undefined) found.problem ??= `${refused} is not allowed in a row filter`;
  if (node.class === "PARAMETER") {
    const value = values[Number(node.identifier) - 1];
    if (value === undefined) found.problem ??= "parameters are written {principal.name}";
    else found.parameters++;
    node.identifier = parameterOf(value ?? "");
    // As PostgreSQL has it: attributes are text.
    const child = { ...node };
    for (const key of Object.keys(node)) delete node[key];
    Object.assign(node, {
      class: "CAST",
      type: "OPERATOR_CAST",
      alias: "",
      query_location: child.query_location,
      child,
      cast_type: { id: "VARCHAR", type_info: null },
      try_cast: false,
    });
    return;
  }
  if (node.class !== "COLUMN_REF") return;
  const [name = "", ...more] = node.column_names as string[];
  if (more.length > 0) found.problem ??= "columns are named without their table";
  if (!found.columns.some((one) => folded(one) === folded(name))) found.columns.push(name);
  node.column_names = [ROW, name];
}

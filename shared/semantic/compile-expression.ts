/** The SQL of a metric or filter → its text cut at the columns, after every node of PostgreSQL's own tree was judged. */
import type { SemanticExpression } from "../ask/ports.ts";
import { onlyExpression } from "../kernel/only-expression.ts";
import type { TableInfo } from "../sources/ports.ts";
import type { AstNode, SqlParser } from "../sql/ports.ts";
import {
  AGGREGATES,
  EXPRESSION_KINDS,
  FUNCTIONS,
  LEAVES,
  NODE_NAMES,
  NODES,
  OPERATORS,
  TYPES,
  VALUE_FUNCTIONS,
} from "./expression-rules.ts";
import { columnNamed, noColumn } from "./known-names.ts";

export type Compiled =
  | { readonly kind: "compiled"; readonly expression: SemanticExpression }
  | { readonly kind: "invalid"; readonly message: string };

/** `metric`: every column stands in an aggregate. `condition`: none does. */
export type ExpressionUse = "metric" | "condition";

const HEAD = "SELECT (";
/** What the dialects read differently, or what hides text: comments, escapes, quoting with dollars, several statements. */
const UNFIT: readonly (readonly [string, string])[] = [
  [";", "a semicolon"],
  ["--", "a comment"],
  ["/*", "a comment"],
  ["\\", "a backslash"],
  ["$", "a dollar sign"],
  ["\u0000", "a NUL"],
];

export function compileExpression(
  parser: SqlParser,
  text: string,
  table: TableInfo,
  use: ExpressionUse,
): Compiled {
  const unfit = UNFIT.find(([sign]) => text.includes(sign));
  if (unfit !== undefined) return invalid(`${unfit[1]} is not allowed in it`);
  const sql = `${HEAD}${text}\n)`;
  const parsed = parser.parse(sql);
  if (parsed.kind !== "parsed") return invalid(parsed.message);
  const value = onlyExpression(parsed.statements);
  // Without the brackets too, or its own would pair up across the seam.
  const bare = parser.parse(`SELECT ${text}`);
  if (value === null || bare.kind !== "parsed" || onlyExpression(bare.statements) === null)
    return invalid("it must be one expression");
  const found: Found = { table, use, columns: [], aggregates: 0, problem: null };
  judge(value, found, false);
  const missing =
    use === "metric" && found.aggregates === 0
      ? "it must be an aggregate, such as sum(amount)"
      : use === "condition" && found.columns.length === 0
        ? "it must be about a column of the table"
        : null;
  const problem = found.problem ?? missing;
  if (problem !== null) return invalid(problem);
  const parts = cut(sql, found.columns);
  if (parts === null) return invalid("its columns cannot be told from its text");
  const whole = "FuncCall" in value || use === "condition" ? parts : ["(", ...parts, ")"];
  return { kind: "compiled", expression: { text, parts: whole } };
}

/** A numerator over a denominator: never a whole-number division, and nothing where there is nothing to divide by. */
export function ratioOf(top: SemanticExpression, bottom: SemanticExpression): SemanticExpression {
  return {
    text: `${top.text} / ${bottom.text}`,
    parts: ["(1.0 * ", ...top.parts, " / nullif(", ...bottom.parts, ", 0))"],
  };
}

const invalid = (message: string): Compiled => ({ kind: "invalid", message });

interface Place {
  readonly name: string;
  /** In bytes of the text that was parsed. */
  readonly at: number;
}

interface Found {
  readonly table: TableInfo;
  readonly use: ExpressionUse;
  readonly columns: Place[];
  aggregates: number;
  problem: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

function judge(wrapped: AstNode, found: Found, inAggregate: boolean): void {
  for (const [type, value] of Object.entries(wrapped)) {
    const node = value as Fields;
    const children = NODES[type];
    if (children === undefined) {
      found.problem ??= `${NODE_NAMES[type] ?? type} is not allowed in it`;
      return;
    }
    const strange = Object.keys(node).find((one) => !LEAVES.has(one) && !children.includes(one));
    if (strange !== undefined) {
      found.problem ??= `${NODE_NAMES[strange] ?? strange} is not allowed in it`;
      return;
    }
    found.problem ??= RULES[type]?.(node, found, inAggregate) ?? null;
    if (type === "A_Const") return;
    const inside = inAggregate || (type === "FuncCall" && AGGREGATES.has(nameOf(node.funcname)));
    for (const field of children) judgeChild(node[field], found, inside);
  }
}

function judgeChild(child: unknown, found: Found, inAggregate: boolean): void {
  const list = Array.isArray(child) ? child : child === undefined ? [] : [child];
  for (const one of list) judge(one as AstNode, found, inAggregate);
}

type Rule = (node: Fields, found: Found, inAggregate: boolean) => string | null;

const RULES: Readonly<Record<string, Rule>> = {
  ColumnRef: (node, found, inAggregate) => {
    const names = namesOf(node.fields);
    const own = names === null ? null : columnOf(names, found.table);
    if (own === null)
      return names === null ? "* is not allowed in it" : noColumn(found.table, names);
    if (found.use === "metric" && !inAggregate) return `${own} stands outside of an aggregate`;
    found.columns.push({ name: own, at: Number(node.location ?? 0) });
    return null;
  },
  FuncCall: (node, found, inAggregate) => {
    const names = namesOf(node.funcname) ?? [];
    const name = names.at(-1) ?? "";
    const written = node.funcformat === "COERCE_SQL_SYNTAX" && names[0] === "pg_catalog";
    if (names.length > (written ? 2 : 1)) return `the function ${names.join(".")} is not allowed`;
    if (!AGGREGATES.has(name))
      return FUNCTIONS.has(name) && node.agg_filter === undefined && !node.agg_distinct
        ? null
        : `the function ${name} is not allowed`;
    if (found.use === "condition") return `the aggregate ${name} has no place in a condition`;
    if (inAggregate) return `the aggregate ${name} stands in another`;
    found.aggregates++;
    return null;
  },
  A_Expr: (node) => {
    const operator = namesOf(node.name)?.join(".") ?? "";
    return EXPRESSION_KINDS.has(String(node.kind)) && OPERATORS.has(operator)
      ? null
      : `the operator ${operator} is not allowed`;
  },
  SQLValueFunction: (node) =>
    VALUE_FUNCTIONS.has(String(node.op))
      ? null
      : `${String(node.op).replace("SVFOP_", "")} is not allowed in it`,
  TypeCast: (node) => {
    const type = node.typeName as Fields;
    const name = namesOf(type.names)?.at(-1) ?? "";
    return TYPES.has(name) && type.arrayBounds === undefined && !type.setof
      ? null
      : `the type ${name} is not allowed`;
  },
};

const nameOf = (names: unknown): string => namesOf(names)?.at(-1) ?? "";

function namesOf(list: unknown): readonly string[] | null {
  const names = (list as readonly { String?: { sval?: string } }[]).map((one) => one.String?.sval);
  return names.every((name) => name !== undefined) ? (names as string[]) : null;
}

/** `column` or `table.column`, as the source spells it. */
function columnOf(names: readonly string[], table: TableInfo): string | null {
  const name = names.at(-1) ?? "";
  const qualifier = names.slice(0, -1).join(".").toLowerCase();
  const own = [table.name, `${table.schema}.${table.name}`].map((one) => one.toLowerCase());
  if (qualifier !== "" && !own.includes(qualifier)) return null;
  return columnNamed(table, name)?.name ?? null;
}

const NAME =
  /^(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_]*))*/u;

/** The text between the columns; null where no name stands where the parser saw one. */
function cut(sql: string, columns: readonly Place[]): SemanticExpression["parts"] | null {
  const bytes = Buffer.from(sql, "utf8");
  const parts: SemanticExpression["parts"][number][] = [];
  let done = HEAD.length;
  for (const { name, at } of columns.toSorted((a, b) => a.at - b.at)) {
    const written = NAME.exec(bytes.subarray(at).toString("utf8"))?.[0];
    if (written === undefined || at < done) return null;
    parts.push(bytes.subarray(done, at).toString("utf8"), { column: name });
    done = at + Buffer.byteLength(written, "utf8");
  }
  parts.push(bytes.subarray(done, bytes.length - 2).toString("utf8"));
  return parts.filter((part) => part !== "");
}

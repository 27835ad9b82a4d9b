/** Reads expressions under restriction: which columns they name, and what else might reach around the views. */
import { nearestNames } from "../kernel/nearest-names.ts";
import { isKnownType, looksIntoCatalogue } from "./known-types.ts";
import {
  columnNames,
  findColumn,
  findItem,
  firstGuarded,
  type Item,
  isClosed,
  type NameScope,
} from "./name-scope.ts";
import { NODE_SHAPES } from "./node-shapes.ts";
import { shown } from "./refusals.ts";
import {
  type Env,
  listOf,
  type Node,
  type Restriction,
  refuseGuarded,
  refuseWithheld,
  type Use,
} from "./restriction.ts";
import { locationOf, qualifiedName, stringsOf } from "./statement-facts.ts";

/** Fields of the rows that PostgreSQL's own functions give. */
const FUNCTION_FIELDS: ReadonlySet<string> = new Set([
  ..."key value ordinality lexeme positions weights word ndoc nentry tokid token".split(" "),
  ..."alias description dictionaries dictionary lexemes name abbrev utc_offset is_dst".split(" "),
]);

export function restrictExpression(r: Restriction, wrapped: unknown, env: Env, use: Use): void {
  if (typeof wrapped !== "object" || wrapped === null) return;
  for (const type in wrapped)
    visit(r, type, (wrapped as Record<string, Node>)[type] ?? {}, env, use);
}

function visit(r: Restriction, type: string, node: Node, env: Env, use: Use): void {
  switch (type) {
    case "ColumnRef":
      columnReference(r, node, env, use);
      break;
    case "A_Indirection":
      fieldSelection(r, node, env, use);
      break;
    case "SubLink":
      subquery(r, node, env);
      break;
    case "SelectStmt":
      refuseGuarded(r, firstGuarded(r.select(node, env).list));
      break;
    case "TypeName":
      checkType(r, node);
      break;
    case "SortBy":
    case "WindowDef":
      children(r, type, node, env, "condition");
      break;
    default:
      if (type === "FuncCall") checkFunction(r, node);
      children(r, type, node, env, use);
  }
}

function children(r: Restriction, type: string, node: Node, env: Env, use: Use): void {
  const shape = NODE_SHAPES.get(type);
  for (const field in node) {
    const kind = shape?.get(field);
    const value = node[field];
    const inner = field === "agg_filter" || field === "agg_order" ? "condition" : use;
    if (kind === "node") restrictExpression(r, value, env, inner);
    else if (kind === "list")
      for (const item of listOf(value)) restrictExpression(r, item, env, inner);
    // The fields of fixed type begin with a capital letter, as the types do.
    else if (kind !== undefined && kind[0] !== kind[0]?.toLowerCase())
      visit(r, kind, value as Node, env, inner);
  }
}

function subquery(r: Restriction, node: Node, env: Env): void {
  restrictExpression(r, node.testexpr, env, "condition");
  const select = (node.subselect as { readonly SelectStmt?: Node } | undefined)?.SelectStmt;
  if (select === undefined) return;
  const { list } = r.select(select, env);
  // EXISTS asks for rows, whatever is in them.
  if (node.subLinkType !== "EXISTS_SUBLINK") refuseGuarded(r, firstGuarded(list));
}

/** `c`, `t.c`, `s.t.c`, and each of them with `*`. */
function columnReference(r: Restriction, node: Node, env: Env, use: Use): void {
  const names = stringsOf(node.fields);
  const star = listOf(node.fields).length > names.length;
  if (star) {
    const item = names.length === 0 ? null : qualifier(r, node, names, env);
    if (item !== null) wholeRow(r, item, use);
    if (names.length === 0) for (const one of env.names?.items ?? []) wholeRow(r, one, use);
    return;
  }
  const [name = ""] = names;
  if (names.length > 1) {
    const item = qualifier(r, node, names.slice(0, -1), env);
    if (item !== null) field(r, item, names.at(-1) ?? "");
    return;
  }
  const column = findColumn(env.names, name);
  const item = column === null ? findItem(env.names, name) : null;
  if (column !== null) refuseGuarded(r, column.guarded);
  else if (item !== null) wholeRow(r, item, use);
  else if (isClosed(env.names)) r.refusals.add("unknown_column", noColumn(name, env.names));
}

/** Names in scope are those the caller sees. */
function noColumn(name: string, scope: NameScope | null): string {
  const near = nearestNames(name, columnNames(scope));
  const hint = near.length === 0 ? "" : ` The nearest: ${near.join(", ")}.`;
  return `There is no column ${shown(name)} here for you.${hint}`;
}

/**
 * What the names before a column or a star mean. A table that a subquery has taken the place of is no longer found
 * by its schema, which is dropped.
 */
export function qualifier(
  r: Restriction,
  node: Node,
  names: readonly string[],
  env: Env,
): Item | null {
  const name = names.at(-1) ?? "";
  const schema = names.length > 1 ? (names.at(-2) ?? null) : null;
  const item = names.length > 2 ? null : findItem(env.names, name, schema);
  if (item === null)
    r.refusals.add(
      "unknown_name",
      `There is no table ${shown(names.join("."))} here to take a column of.`,
    );
  else if (schema !== null && item.replaced) {
    const fields = listOf(node.fields).slice(1);
    const [was, becomes] = [{ ...node }, { ...node, fields }].map((ColumnRef) =>
      JSON.stringify({ ColumnRef }),
    ) as [string, string];
    r.edits?.push({
      at: locationOf(node),
      kind: "qualifier",
      text: "",
      proven: null,
      type: "ColumnRef",
      was: () => was,
      becomes: () => becomes,
    });
    r.put(node, "fields", fields);
  }
  return item;
}

/** A name that is no field would be called as a function, which no rule has seen. */
function field(r: Restriction, item: Item, name: string): void {
  const column = item.list.find((one) => one.name === name);
  if (column !== undefined) refuseGuarded(r, column.guarded);
  else if (!item.open || !FUNCTION_FIELDS.has(name))
    r.refusals.add(
      "unknown_column",
      `${shown(item.name ?? "")} has no column ${shown(name)} for you.`,
    );
}

function wholeRow(r: Restriction, item: Item, use: Use): void {
  refuseWithheld(r, item.withheld);
  if (use === "condition") refuseGuarded(r, firstGuarded(item.list));
}

/** The table whose row `(c).field` takes apart, or null for any other expression. */
export function rowOf(argument: unknown, env: Env): Item | null {
  const reference = (argument as { readonly ColumnRef?: Node } | undefined)?.ColumnRef;
  const names = stringsOf(reference?.fields);
  const [name = ""] = names;
  if (reference === undefined || names.length !== 1 || listOf(reference.fields).length !== 1)
    return null;
  return findColumn(env.names, name) === null ? findItem(env.names, name) : null;
}

function fieldSelection(r: Restriction, node: Node, env: Env, use: Use): void {
  const steps = listOf(node.indirection);
  const item = rowOf(node.arg, env);
  if (item === null) restrictExpression(r, node.arg, env, use);
  steps.forEach((step, i) => {
    restrictExpression(r, step, env, use);
    const name = stringsOf([step])[0];
    if (name === undefined) {
      if (item !== null && "A_Star" in step) wholeRow(r, item, use);
      return;
    }
    if (i === 0 && item !== null) field(r, item, name);
    else if (!isRowField(node.arg, name))
      r.refusals.add(
        "unknown_column",
        `The field ${shown(name)} of an expression is not allowed here: it might be a function by another name.`,
      );
  });
}

/** ROW(1, 2).f2, and the fields of functions such as json_each. */
function isRowField(argument: unknown, name: string): boolean {
  const type = Object.keys(argument as object)[0];
  if (type === "RowExpr") return /^f\d+$/.test(name);
  return type === "FuncCall" && FUNCTION_FIELDS.has(name);
}

function checkFunction(r: Restriction, node: Node): void {
  const name = stringsOf(node.funcname).at(-1) ?? "";
  if (looksIntoCatalogue(name))
    r.refusals.add(
      "function_not_allowed",
      `The function ${shown(name)} is not allowed for you here: it looks into the catalogue, past what you may see.`,
    );
}

function checkType(r: Restriction, node: Node): void {
  const type = qualifiedName(node.names);
  const name = type?.name ?? "";
  const own = type === null || type.schema === null || type.schema === "pg_catalog";
  if ((own && isKnownType(name)) || r.views.types.has(name.toLowerCase())) return;
  r.refusals.add("type_not_allowed", `There is no type ${shown(name)} that you may name here.`);
}

/** A query under restriction: its WITH, its FROM, then everything that names their columns. */
import {
  type Column,
  type Columns,
  findColumn,
  findItem,
  firstGuarded,
  type NameScope,
} from "./name-scope.ts";
import { outputName } from "./output-names.ts";
import type { AstNode } from "./ports.ts";
import { qualifier, rowOf } from "./restrict-expression.ts";
import { openWith, runCte } from "./restrict-with.ts";
import {
  type Env,
  type FromPart,
  listOf,
  type Node,
  type Restriction,
  refuseGuarded,
  refuseWithheld,
  textOf,
} from "./restriction.ts";
import { stringsOf } from "./statement-facts.ts";

export function restrictSelect(
  r: Restriction,
  select: Node,
  env: Env,
  onFirst?: (columns: Columns) => void,
): Columns {
  const { ctes, own } = openWith(select, env);
  const inner: Env = { names: env.names, ctes };
  const columns = body(r, select, inner, onFirst);
  for (const cte of own) runCte(r, cte);
  return columns;
}

function body(
  r: Restriction,
  select: Node,
  env: Env,
  onFirst?: (columns: Columns) => void,
): Columns {
  if (select.op !== "SETOP_NONE") return setOperation(r, select, env, onFirst);
  if (select.valuesLists !== undefined) return values(r, select, env);
  return query(r, select, env);
}

function setOperation(
  r: Restriction,
  select: Node,
  env: Env,
  onFirst?: (columns: Columns) => void,
): Columns {
  const left = r.select(select.larg as Node, env, onFirst);
  onFirst?.(left);
  const right = r.select(select.rarg as Node, env);
  const list = left.list.map((column, i) => ({
    name: column.name,
    guarded: column.guarded ?? right.list[i]?.guarded ?? null,
  }));
  const columns = { list, open: left.open || right.open };
  // All but UNION ALL compare the values of the rows.
  if (select.op !== "SETOP_UNION" || select.all !== true) refuseGuarded(r, firstGuarded(list));
  ending(r, select, { ...env, names: { items: [], outer: env.names } }, columns);
  return columns;
}

function values(r: Restriction, select: Node, env: Env): Columns {
  const rows = listOf(select.valuesLists).map((row) =>
    listOf((row.List as Node | undefined)?.items),
  );
  for (const item of rows.flat()) r.expression(item, env, "output");
  const list = (rows[0] ?? []).map((_, i) => ({ name: `column${i + 1}`, guarded: null }));
  ending(r, select, env, { list, open: false });
  return { list, open: false };
}

type Star = Columns & Pick<FromPart, "withheld">;

function query(r: Restriction, select: Node, env: Env): Columns {
  const scope: NameScope = { items: [], outer: env.names };
  const here: Env = { names: scope, ctes: env.ctes };
  const parts = listOf(select.fromClause).map((node) => r.from(node, env, scope));
  if (parts.length > 0)
    r.put(
      select,
      "fromClause",
      parts.map((part) => part.node),
    );
  // No subquery can stand after TABLE.
  if (isTableCommand(select) && parts.some(({ node }) => "RangeSubselect" in node)) r.edits = null;
  const star: Columns = {
    list: parts.flatMap((part) => part.columns.list),
    open: parts.some((part) => part.columns.open),
  };
  const withheld = parts.find((part) => part.withheld !== null)?.withheld ?? null;
  const columns = outputs(r, listOf(select.targetList), here, { ...star, withheld });
  r.expression(select.whereClause, here, "condition");
  r.expression(select.havingClause, here, "condition");
  keys(r, listOf(select.groupClause), here, columns);
  for (const window of listOf(select.windowClause)) r.expression(window, here, "condition");
  distinct(r, select, here, columns);
  ending(r, select, here, columns);
  return columns;
}

/** `TABLE t` is read as `SELECT * FROM t` whose star stands nowhere. */
function isTableCommand(select: Node): boolean {
  const [target] = listOf(select.targetList) as { readonly ResTarget: Node }[];
  return target?.ResTarget.location === -1;
}

function distinct(r: Restriction, select: Node, env: Env, columns: Columns): void {
  if (select.distinctClause === undefined) return;
  const on = listOf(select.distinctClause).filter((item) => Object.keys(item).length > 0);
  if (on.length === 0) refuseGuarded(r, firstGuarded(columns.list));
  else keys(r, on, env, columns);
}

/** ORDER BY and LIMIT, which every kind of query may end with. */
function ending(r: Restriction, select: Node, env: Env, columns: Columns): void {
  keys(r, listOf(select.sortClause), env, columns);
  r.expression(select.limitCount, env, "condition");
  r.expression(select.limitOffset, env, "condition");
}

/** What is grouped or ordered by: an expression, or an output column by its number or name. */
function keys(r: Restriction, list: readonly AstNode[], env: Env, columns: Columns): void {
  for (const key of list) {
    const { SortBy, GroupingSet } = key as { readonly SortBy?: Node; readonly GroupingSet?: Node };
    if (GroupingSet !== undefined) keys(r, listOf(GroupingSet.content), env, columns);
    else if (!isOutputKey(r, (SortBy?.node ?? key) as AstNode, env, columns))
      r.expression(key, env, "condition");
  }
}

/** True where the key means an output column and nothing else. */
function isOutputKey(r: Restriction, key: AstNode, env: Env, { list, open }: Columns): boolean {
  const { A_Const, ColumnRef } = key as { readonly A_Const?: Node; readonly ColumnRef?: Node };
  if (A_Const !== undefined) {
    const number = (A_Const.ival as { readonly ival?: number } | undefined)?.ival ?? 0;
    // Where not all columns are known, any of them may be meant.
    refuseGuarded(r, open ? firstGuarded(list) : (list[number - 1]?.guarded ?? null));
  }
  const names = stringsOf(ColumnRef?.fields);
  const meant = names.length === 1 ? list.filter(({ name }) => name === names[0]) : [];
  refuseGuarded(r, firstGuarded(meant));
  return meant.length > 0 && findColumn(env.names, names[0] ?? "") === null;
}

function outputs(r: Restriction, targets: readonly AstNode[], env: Env, star: Star): Columns {
  const list: Column[] = [];
  let open = false;
  for (const { ResTarget } of targets as readonly { readonly ResTarget: Node }[]) {
    const columns = output(r, ResTarget, env, star);
    list.push(...columns.list);
    open ||= columns.open;
  }
  return { list, open };
}

function output(r: Restriction, target: Node, env: Env, star: Star): Columns {
  const value = (target.val ?? {}) as AstNode;
  const { ColumnRef, A_Indirection } = value as {
    readonly ColumnRef?: Node;
    readonly A_Indirection?: Node;
  };
  if (ColumnRef !== undefined && "A_Star" in (listOf(ColumnRef.fields).at(-1) ?? {})) {
    const names = stringsOf(ColumnRef.fields);
    if (names.length === 0) refuseWithheld(r, star.withheld);
    if (names.length === 0) return star;
    const item = qualifier(r, ColumnRef, names, env);
    refuseWithheld(r, item?.withheld ?? null);
    return item ?? { list: [], open: true };
  }
  if (A_Indirection !== undefined && "A_Star" in (listOf(A_Indirection.indirection).at(-1) ?? {})) {
    r.expression(value, env, "output");
    const row =
      listOf(A_Indirection.indirection).length === 1 ? rowOf(A_Indirection.arg, env) : null;
    return row ?? { list: [], open: true };
  }
  const guarded = plainValue(r, value, env);
  if (guarded === undefined) r.expression(value, env, "output");
  return {
    list: [{ name: textOf(target.name) ?? outputName(value), guarded: guarded ?? null }],
    open: false,
  };
}

/**
 * A masked column may be shown as it is: named alone, as a field of its table's row, or by a subquery that shows it.
 * Gives the mask that shows through (null for none), or undefined for what is not such a plain value.
 */
function plainValue(r: Restriction, value: AstNode, env: Env): string | null | undefined {
  const { ColumnRef, A_Indirection, SubLink } = value as Readonly<Record<string, Node | undefined>>;
  if (ColumnRef !== undefined) return plainColumn(r, ColumnRef, env);
  if (A_Indirection !== undefined) {
    const [step, ...more] = listOf(A_Indirection.indirection);
    const name = stringsOf([step ?? {}])[0];
    const row = more.length === 0 && name !== undefined ? rowOf(A_Indirection.arg, env) : null;
    return row?.list.find((column) => column.name === name)?.guarded ?? undefined;
  }
  if (SubLink === undefined || !/^(EXPR|ARRAY)_SUBLINK$/.test(String(SubLink.subLinkType)))
    return undefined;
  const select = (SubLink.subselect as { readonly SelectStmt?: Node } | undefined)?.SelectStmt;
  return select === undefined ? undefined : firstGuarded(r.select(select, env).list);
}

function plainColumn(r: Restriction, reference: Node, env: Env): string | null | undefined {
  const names = stringsOf(reference.fields);
  const name = names.at(-1) ?? "";
  if (names.length === 1) {
    const column = findColumn(env.names, name);
    // A whole row shows its masks.
    if (column !== null) return column.guarded;
    const item = findItem(env.names, name);
    refuseWithheld(r, item?.withheld ?? null);
    return item === null ? undefined : firstGuarded(item.list);
  }
  const item = findItem(
    env.names,
    names.at(-2) ?? "",
    names.length > 2 ? (names.at(-3) ?? null) : null,
  );
  const guarded = item?.list.find((column) => column.name === name)?.guarded ?? null;
  if (guarded === null) return undefined;
  qualifier(r, reference, names.slice(0, -1), env);
  return guarded;
}

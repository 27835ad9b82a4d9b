/** The subquery that takes a relation's place: `(SELECT visible columns FROM it WHERE its rows) AS alias`. */
import type { AstNode, RelationView, ViewColumn } from "./ports.ts";
import type { Node, Restriction } from "./restriction.ts";

/** What the relation is called inside the subquery: filters and masks name columns by it, so that no outer name fits. */
export const ROW_ALIAS = "policy_row";

export function isReplaced(view: RelationView): boolean {
  return (
    !view.complete || view.filter !== null || view.columns.some((column) => column.value !== null)
  );
}

/** `relation` and `sampling` are the nodes that stood there. */
export function viewSubquery(
  r: Restriction,
  view: RelationView,
  relation: Node,
  sampling: Node | null,
): AstNode {
  const { alias } = relation;
  const inner: Node = { schemaname: view.schema, relname: view.name };
  if (relation.inh !== undefined) inner.inh = relation.inh;
  Object.assign(inner, { relpersistence: "p", alias: { aliasname: ROW_ALIAS } });
  const from: AstNode =
    sampling === null
      ? { RangeVar: inner }
      : { RangeTableSample: { ...sampling, relation: { RangeVar: inner } } };
  const select: Node = {
    targetList: view.columns.map((column) => target(r, column)),
    fromClause: [from],
    limitOption: "LIMIT_OPTION_DEFAULT",
    op: "SETOP_NONE",
  };
  if (select.targetList !== undefined && view.columns.length === 0) delete select.targetList;
  if (view.filter !== null) {
    select.whereClause = bound(r, view.filter);
    // A fence: without it PostgreSQL may try the caller's conditions on rows that the filter has yet to take away,
    // and an error they raise (1/(salary - 100)) would tell of such rows.
    select.limitOffset = { A_Const: { ival: {} } };
    select.limitOption = "LIMIT_OPTION_COUNT";
  }
  return {
    RangeSubselect: {
      subquery: { SelectStmt: select },
      alias: alias ?? { aliasname: view.name },
    },
  };
}

function target(r: Restriction, { name, value }: ViewColumn): AstNode {
  return value === null
    ? { ResTarget: { val: rowColumn(name) } }
    : { ResTarget: { name, val: bound(r, value) } };
}

/** A column of the relation inside the subquery. */
export function rowColumn(name: string): AstNode {
  return { ColumnRef: { fields: [{ String: { sval: ROW_ALIAS } }, { String: { sval: name } }] } };
}

/** A copy of the expression with every BoundValue made a parameter, read as text. */
function bound(r: Restriction, expression: AstNode): AstNode {
  return copy(expression, (name) => ({
    TypeCast: {
      arg: { ParamRef: { number: r.bind(name) } },
      typeName: { names: [{ String: { sval: "text" } }], typemod: -1 },
    },
  })) as AstNode;
}

function copy(value: unknown, parameter: (name: string) => AstNode): unknown {
  if (Array.isArray(value)) return value.map((item) => copy(item, parameter));
  if (typeof value !== "object" || value === null) return value;
  if ("BoundValue" in value) return parameter((value.BoundValue as { readonly name: string }).name);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, copy(member, parameter)]),
  );
}

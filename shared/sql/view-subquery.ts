/** The subquery that takes a relation's place: `(SELECT visible columns FROM it WHERE its rows) AS alias`. */
import type { AstNode, RelationView, ViewColumn } from "./ports.ts";
import type { Node, Restriction } from "./restriction.ts";

/** What the relation is called inside the subquery: filters and masks name columns by it, so that no outer name fits. */
const ROW_ALIAS = "policy_row";

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
  const inner: Node = { schemaname: view.schema, relname: view.name };
  if (relation.inh !== undefined) inner.inh = relation.inh;
  Object.assign(inner, { relpersistence: "p", alias: { aliasname: ROW_ALIAS } });
  const from: AstNode =
    sampling === null
      ? { RangeVar: inner }
      : { RangeTableSample: { ...sampling, relation: { RangeVar: inner } } };
  const query = viewQuery(r, view, from);
  return {
    RangeSubselect: { subquery: { SelectStmt: query }, alias: aliasNode(view, relation) },
  };
}

export const aliasNode = (view: RelationView, relation: Node): unknown =>
  relation.alias ?? { aliasname: view.name };

/** What the caller sees of the relation, as a query of its own. */
export function viewQuery(r: Pick<Restriction, "bind">, view: RelationView, from?: AstNode): Node {
  const relation = {
    schemaname: view.schema,
    relname: view.name,
    inh: true,
    relpersistence: "p",
    alias: { aliasname: ROW_ALIAS },
  };
  const select: Node = {
    ...(view.columns.length > 0 && { targetList: view.columns.map((column) => target(r, column)) }),
    fromClause: [from ?? { RangeVar: relation }],
    limitOption: "LIMIT_OPTION_DEFAULT",
    op: "SETOP_NONE",
  };
  if (view.filter !== null) {
    select.whereClause = bound(r, view.filter);
    // A fence: without it PostgreSQL may try the caller's conditions on rows that the filter has yet to take away,
    // and an error they raise (1/(salary - 100)) would tell of such rows.
    select.limitOffset = { A_Const: { ival: {} } };
    select.limitOption = "LIMIT_OPTION_COUNT";
  }
  return select;
}

function target(r: Pick<Restriction, "bind">, { name, value }: ViewColumn): AstNode {
  return value === null
    ? { ResTarget: { val: rowColumn(name) } }
    : { ResTarget: { name, val: bound(r, value) } };
}

/** A column of the relation inside the subquery. */
function rowColumn(name: string): AstNode {
  return { ColumnRef: { fields: [{ String: { sval: ROW_ALIAS } }, { String: { sval: name } }] } };
}

/** A copy of the expression over this subquery's row, with every BoundValue made a parameter, read as text. */
function bound(r: Pick<Restriction, "bind">, expression: AstNode): AstNode {
  return copy(r, expression) as AstNode;
}

function copy(r: Pick<Restriction, "bind">, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => copy(r, item));
  if (typeof value !== "object" || value === null) return value;
  const { BoundValue, RowColumn } = value as Readonly<Record<string, { readonly name: string }>>;
  if (RowColumn !== undefined) return rowColumn(RowColumn.name);
  if (BoundValue !== undefined) return textParameter(r.bind(BoundValue.name));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(r, member)]));
}

function textParameter(number: number): AstNode {
  return {
    TypeCast: {
      arg: { ParamRef: { number } },
      typeName: { names: [{ String: { sval: "text" } }], typemod: -1 },
    },
  };
}

/** FROM under restriction: each relation is replaced by what the caller sees of it. */

import { quoted } from "../kernel/identifiers.ts";
import {
  type Column,
  type Columns,
  firstGuarded,
  type Item,
  type NameScope,
  renamed,
} from "./name-scope.ts";
import type { AstNode, RelationView } from "./ports.ts";
import { shown } from "./refusals.ts";
import { runCte } from "./restrict-with.ts";
import {
  type Env,
  type FromPart,
  findCte,
  listOf,
  type Node,
  type Restriction,
  refuseGuarded,
  textOf,
} from "./restriction.ts";
import { locationOf, stringsOf } from "./statement-facts.ts";
import { aliasNode, isReplaced, viewSubquery } from "./view-subquery.ts";

interface Named {
  readonly name: string | null;
  readonly columns: readonly string[];
}

interface Alias {
  readonly aliasname?: string;
  readonly colnames?: unknown;
}

const aliasOf = (node: Node, otherwise: string | null): Named => {
  const alias = node.alias as Alias | undefined;
  return { name: alias?.aliasname ?? otherwise, columns: stringsOf(alias?.colnames) };
};

export function restrictFrom(
  r: Restriction,
  wrapped: AstNode,
  env: Env,
  scope: NameScope,
): FromPart {
  const [type = ""] = Object.keys(wrapped);
  const node = wrapped[type] as Node;
  switch (type) {
    case "RangeVar":
      return relation(r, node, null, env, scope);
    case "RangeTableSample":
      return sample(r, node, env, scope);
    case "RangeSubselect":
      return subselect(r, node, env, scope);
    case "JoinExpr":
      return join(r, node, env, scope);
    default:
      return rowSource(r, type, node, env, scope);
  }
}

/** One name with its columns, put into the scope. */
function add(
  scope: NameScope,
  columns: Columns,
  item: Partial<Item> & Pick<Item, "name">,
): Columns {
  scope.items.push({
    schema: null,
    replaced: false,
    complete: true,
    withheld: null,
    ...item,
    ...columns,
  });
  return columns;
}

function sample(r: Restriction, node: Node, env: Env, scope: NameScope): FromPart {
  for (const one of [...listOf(node.args), node.repeatable as AstNode | undefined]) {
    if (one === undefined) continue;
    const [type = ""] = Object.keys(one);
    // It moves into the subquery, where other names can be seen: only what names nothing may move.
    if (type !== "A_Const" && type !== "ParamRef")
      r.refusals.add(
        "sample_argument",
        "TABLESAMPLE takes only plain numbers and parameters here.",
      );
  }
  const relationNode = (node.relation as { RangeVar?: Node } | undefined)?.RangeVar ?? {};
  return relation(r, relationNode, node, env, scope);
}

function relation(
  r: Restriction,
  node: Node,
  sampling: Node | null,
  env: Env,
  scope: NameScope,
): FromPart {
  const schema = textOf(node.schemaname);
  const table = textOf(node.relname) ?? "";
  const alias = aliasOf(node, table);
  const asIs: AstNode = sampling === null ? { RangeVar: node } : { RangeTableSample: sampling };
  const cte = schema === null ? findCte(env.ctes, table) : null;
  if (cte !== null) {
    runCte(r, cte);
    const columns = add(scope, renamed(cte.columns, alias.columns), { name: alias.name });
    return { node: asIs, columns, complete: true, withheld: null };
  }
  const view = viewOf(r, schema, table);
  if (view === null) {
    const columns = add(scope, { list: [], open: true }, { name: alias.name });
    return { node: asIs, columns, complete: true, withheld: null };
  }
  r.volatile ||= view.volatile;
  r.narrowed ||= view.filter !== null || view.columns.some((column) => column.value !== null);
  if (!view.complete && alias.columns.length > 0)
    r.refusals.add(
      "hidden_columns",
      `${shown(table)} has columns that you do not see, so they cannot be renamed by position: rename each with AS.`,
    );
  const replaced = isReplaced(view);
  const withheld = view.wholeRows ? null : view.name;
  const columns = add(scope, renamed(columnsOf(view), alias.columns), {
    name: alias.name,
    schema: node.alias === undefined ? view.schema : null,
    replaced,
    complete: view.complete,
    withheld,
  });
  return { node: standIn(r, view, node, sampling), columns, complete: view.complete, withheld };
}

/** What stands where the relation stood; what was judged is what is read, whatever the search path. */
function standIn(r: Restriction, view: RelationView, node: Node, sampling: Node | null): AstNode {
  const parts = stringsOfName(node);
  const place = {
    at: locationOf(node),
    kind: "name",
    type: "RangeVar",
    was: () => JSON.stringify({ RangeVar: node }),
  } as const;
  if (!isReplaced(view)) {
    const relation = { RangeVar: qualifiedRelation(node, view.schema) };
    const { sql, proven } = r.named(view);
    const becomes = () => JSON.stringify(relation);
    r.edits?.push({ ...place, text: sql, proven: proven ? parts : null, becomes });
    return sampling === null ? relation : { RangeTableSample: { ...sampling, relation } };
  }
  // ONLY and TABLESAMPLE stand outside the name.
  if (sampling !== null || node.inh !== true) {
    r.edits = null;
    return viewSubquery(r, view, node, sampling);
  }
  const { query, written } = r.shown(view);
  const alias = aliasNode(view, node);
  const as = node.alias === undefined ? ` AS ${quoted(view.name)}` : "";
  r.edits?.push({
    ...place,
    text: `(${written.sql})${as}`,
    proven: written.tree === null ? null : parts,
    becomes: () =>
      `{"RangeSubselect":{"subquery":${written.tree},"alias":${JSON.stringify(alias)}}}`,
  });
  return { RangeSubselect: { subquery: { SelectStmt: query }, alias } };
}

const stringsOfName = ({ schemaname, relname }: Node): string[] =>
  [schemaname, relname].flatMap((part) => textOf(part) ?? []);

/** The parser writes the schema before the name. */
function qualifiedRelation(node: Node, schemaname: string): Node {
  return node.schemaname === undefined ? { schemaname, ...node } : { ...node, schemaname };
}

function viewOf(r: Restriction, schema: string | null, name: string): RelationView | null {
  if (
    schema === "pg_catalog" ||
    schema === "information_schema" ||
    (schema === null && name.startsWith("pg_"))
  ) {
    r.refusals.add(
      "catalog_relation",
      "The catalogue is not open to you, because you may see only part of this source: its schema listing shows that part.",
    );
    return null;
  }
  const view = r.views.find(schema, name);
  if (view === null) r.missing ??= { schema, name };
  return view;
}

function columnsOf(view: RelationView): Columns {
  const list = view.columns.map(
    (column): Column => ({
      name: column.name,
      guarded: column.guarded ? `${view.name}.${column.name}` : null,
    }),
  );
  return { list, open: false };
}

function subselect(r: Restriction, node: Node, env: Env, scope: NameScope): FromPart {
  const select = (node.subquery as { readonly SelectStmt?: Node }).SelectStmt ?? {};
  const inner = node.lateral === true ? { ...env, names: scope } : env;
  const alias = aliasOf(node, null);
  const columns = add(scope, renamed(r.select(select, inner), alias.columns), { name: alias.name });
  return { node: { RangeSubselect: node }, columns, complete: true, withheld: null };
}

function join(r: Restriction, node: Node, env: Env, scope: NameScope): FromPart {
  const mark = scope.items.length;
  const left = r.from(node.larg as AstNode, env, scope);
  const right = r.from(node.rarg as AstNode, env, scope);
  r.put(node, "larg", left.node);
  r.put(node, "rarg", right.node);
  const complete = left.complete && right.complete;
  const withheld = left.withheld ?? right.withheld;
  const natural = node.isNatural === true;
  if (natural && !complete)
    r.refusals.add(
      "hidden_columns",
      "A NATURAL JOIN compares all columns, and you do not see all of them: name those to compare with USING.",
    );
  const rightNames = new Set(right.columns.list.map((column) => column.name));
  const shared = natural
    ? left.columns.list.map((column) => column.name).filter((name) => rightNames.has(name))
    : stringsOf(node.usingClause);
  for (const name of shared)
    for (const side of [left.columns, right.columns])
      if (!side.open && !side.list.some((column) => column.name === name))
        r.refusals.add("unknown_column", `There is no column ${shown(name)} here for you.`);
  const columns = joined(left.columns, right.columns, shared);
  const compared = columns.list.slice(0, shared.length);
  for (const column of compared) refuseGuarded(r, column.guarded);
  const usingAlias = (node.join_using_alias as Alias | undefined)?.aliasname;
  if (usingAlias !== undefined) add(scope, { list: compared, open: false }, { name: usingAlias });
  r.expression(node.quals, { ...env, names: scope }, "condition");
  const alias = aliasOf(node, null);
  if (alias.name === null) return { node: { JoinExpr: node }, columns, complete, withheld };
  // An alias hides the names inside.
  scope.items.splice(mark);
  if (!complete && alias.columns.length > 0)
    r.refusals.add(
      "hidden_columns",
      "The joined tables have columns that you do not see, so they cannot be renamed by position: rename each with AS.",
    );
  const outside = add(scope, renamed(columns, alias.columns), { name: alias.name, withheld });
  return { node: { JoinExpr: node }, columns: outside, complete: true, withheld };
}

/** What `*` gives over a join: the columns compared once and first, then the others. */
function joined(left: Columns, right: Columns, shared: readonly string[]): Columns {
  const names = new Set(shared);
  const both = [...left.list, ...right.list];
  const first = shared.map((name): Column => {
    const same = both.filter((column) => column.name === name);
    return { name, guarded: firstGuarded(same) };
  });
  const rest = both.filter((column) => !names.has(column.name));
  return { list: [...first, ...rest], open: left.open || right.open };
}

/** Functions, XMLTABLE and JSON_TABLE: they see what stands before them in FROM. */
function rowSource(r: Restriction, type: string, node: Node, env: Env, scope: NameScope): FromPart {
  r.expression({ [type]: node }, { ...env, names: scope }, "output");
  const declared = declaredColumns(node);
  const first = firstFunction(node);
  const alias = aliasOf(node, first);
  const known = type === "RangeFunction" ? functionColumns(node, alias, declared) : declared;
  const columns = renamed(
    {
      list: known.map((name) => ({ name, guarded: null })),
      open: type === "RangeFunction" && declared.length === 0,
    },
    alias.columns,
  );
  return {
    node: { [type]: node },
    columns: add(scope, columns, { name: alias.name }),
    complete: true,
    withheld: null,
  };
}

/** A scalar function's one column has the alias's name, or the function's. */
function functionColumns(node: Node, alias: Named, declared: readonly string[]): readonly string[] {
  if (declared.length > 0) return declared;
  const single = alias.name === null || node.is_rowsfrom === true ? [] : [alias.name];
  return node.ordinality === true && alias.columns.length === 0
    ? [...single, "ordinality"]
    : single;
}

function firstFunction(node: Node): string | null {
  const [first] = listOf(node.functions);
  const [call] = listOf((first?.List as Node | undefined)?.items);
  return stringsOf((call?.FuncCall as Node | undefined)?.funcname).at(-1) ?? null;
}

/** The columns that the statement itself names: a definition list, or COLUMNS with those nested in it. */
function declaredColumns(node: Node): string[] {
  return [...listOf(node.coldeflist), ...listOf(node.columns)].flatMap((wrapped) => {
    const [type = ""] = Object.keys(wrapped);
    const column = wrapped[type] as Node;
    const nested = declaredColumns(column);
    const name = textOf(column.colname) ?? (nested.length === 0 ? textOf(column.name) : null);
    return name === null ? nested : [name, ...nested];
  });
}

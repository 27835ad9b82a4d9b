/**
 * What a statement may not do with tables of which columns are withheld or masked. The rule for masked columns is
 * coarser than PostgreSQL's, where each name is resolved: they stand in the list of one plain SELECT, or the statement
 * is refused. A name that is mistaken for a masked column is refused too: the safe side.
 */
import type { RelationView } from "../ports.ts";
import {
  guardedNames,
  type Refused,
  refusedMask,
  refusedPositions,
  refusedWhole,
} from "../restrict-refusals.ts";
import type { DuckdbAst } from "./ports.ts";
import { type Fields, folded, walkAst } from "./walk-ast.ts";

/** What was met in the statement, positions of the outer list left out. */
interface Met {
  stars: boolean;
  renamed: boolean;
  natural: boolean;
  reshaped: boolean;
  /** Every part of every column's name, and names of USING. */
  readonly names: Set<string>;
  /** Those of one part: a relation's name there is its whole row. */
  readonly bare: Set<string>;
  readonly relations: Set<string>;
  /** Constants and positions where ORDER BY and GROUP BY take them for columns. */
  places: boolean;
}

/** Null where nothing is to be said. */
export function objection(tree: DuckdbAst, views: readonly RelationView[]): Refused | null {
  const everything = meet(tree, new Set());
  if (everything.stars) {
    const whole = refusedWhole(views);
    if (whole !== null) return whole;
  }
  const guarded = guardedNames(views, folded);
  const partial = guarded.size > 0 || views.some((view) => !view.complete);
  if (partial && (everything.natural || everything.renamed)) return refusedPositions();
  return guarded.size > 0 && misuses(tree, guarded) ? refusedMask(guarded) : null;
}

function misuses(tree: DuckdbAst, guarded: ReadonlySet<string>): boolean {
  const select = tree.node as Fields;
  const list = select.type === "SELECT_NODE" ? (select.select_list as Fields[]) : [];
  const shown = new Set(list.filter((item) => isPlainStar(item) || isColumnOf(item, guarded)));
  const met = meet(tree, shown);
  const forbidden = new Set(guarded);
  for (const item of shown) if (item.class === "COLUMN_REF") forbidden.add(outputName(item));
  return (
    met.stars ||
    met.reshaped ||
    [...met.names].some((name) => forbidden.has(name)) ||
    // A whole row as one value has every column in it.
    [...met.bare].some((name) => met.relations.has(name)) ||
    (shown.size > 0 && (met.places || isGrouped(select)))
  );
}

const partsOf = (node: Fields): string[] => (node.column_names as string[]).map(folded);

const isColumnOf = (node: Fields, guarded: ReadonlySet<string>): boolean =>
  node.class === "COLUMN_REF" && partsOf(node).some((part) => guarded.has(part));

const outputName = (node: Fields): string =>
  folded(node.alias === "" ? (partsOf(node).at(-1) ?? "") : String(node.alias));

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** `*` or `t.*`, which renames and computes nothing. */
const isPlainStar = (node: Fields): boolean =>
  node.class === "STAR" &&
  node.columns === false &&
  isEmpty(node.expr) &&
  isEmpty(node.replace_list) &&
  isEmpty(node.rename_list);

const isGrouped = ({ modifiers, group_expressions, aggregate_handling }: Fields): boolean =>
  !isEmpty(group_expressions) ||
  aggregate_handling !== "STANDARD_HANDLING" ||
  (modifiers as Fields[]).some((modifier) => modifier.type === "DISTINCT_MODIFIER");

function meet(tree: DuckdbAst, shown: ReadonlySet<Fields>): Met {
  const met: Met = {
    stars: false,
    renamed: false,
    natural: false,
    reshaped: false,
    names: new Set(),
    bare: new Set(),
    relations: new Set(),
    places: false,
  };
  walkAst(tree, {
    enter(kind, node) {
      if (kind === "expression" && shown.has(node)) return false;
      if (kind === "expression") meetExpression(node, met);
      if (kind === "relation") meetRelation(node, met);
      // ORDER BY 1 and ORDER BY 'name' mean a column of the list.
      if (kind === "order" && (node.expression as Fields).class === "CONSTANT") met.places = true;
      return true;
    },
    unknown: () => {
      met.reshaped = true;
    },
  });
  return met;
}

function meetExpression(node: Fields, met: Met): void {
  if (node.class === "STAR") met.stars = true;
  if (node.class === "POSITIONAL_REFERENCE") met.places = true;
  if (node.class !== "COLUMN_REF") return;
  const parts = partsOf(node);
  for (const part of parts) met.names.add(part);
  if (parts.length === 1) met.bare.add(parts[0] ?? "");
}

function meetRelation(node: Fields, met: Met): void {
  const { type, alias, table_name: name } = node;
  if (type === "PIVOT" || type === "SHOW_REF") met.reshaped = true;
  if (!isEmpty(node.column_name_alias)) met.renamed = true;
  if (node.ref_type === "NATURAL") met.natural = true;
  for (const using of (node.using_columns ?? []) as string[]) met.names.add(folded(using));
  for (const one of [alias, name]) if (one) met.relations.add(folded(String(one)));
}

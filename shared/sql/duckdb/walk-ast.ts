/** Visits every node of a statement with the CTE names in reach; iterative, because its depth is the sender's choice. */
import {
  EXPRESSIONS,
  type FieldKind,
  MODIFIERS,
  PARTS,
  QUERIES,
  RELATIONS,
  type Shape,
} from "./node-shapes.ts";
import type { DuckdbAst } from "./ports.ts";

export type Fields = Record<string, unknown>;
export type CteNames = ReadonlySet<string>;

export interface Visitor {
  /** A node whose kind and shape are known; false leaves what is in it unvisited. */
  enter(kind: FieldKind, node: Fields, ctes: CteNames): boolean;
  /** Something that no table of shapes knows. */
  unknown(what: string): void;
}

interface Pending {
  readonly kind: FieldKind;
  readonly value: unknown;
  readonly ctes: CteNames;
}

const NO_CTES: CteNames = new Set();
const byName: Readonly<Partial<Record<FieldKind, [string, Readonly<Record<string, Shape>>]>>> = {
  expression: ["class", EXPRESSIONS],
  query: ["type", QUERIES],
  relation: ["type", RELATIONS],
  modifier: ["type", MODIFIERS],
};

/** DuckDB folds ASCII letters only. */
export const folded = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export function walkAst(statement: DuckdbAst, visitor: Visitor): void {
  const pending: Pending[] = [{ kind: "statement", value: statement, ctes: NO_CTES }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { kind, value, ctes } = next;
    if (value === null || value === undefined || kind === "leaf") continue;
    if (Array.isArray(value)) for (const each of value) pending.push({ kind, value: each, ctes });
    else visit(next, pending, visitor);
  }
}

function visit({ kind, value, ctes }: Pending, pending: Pending[], visitor: Visitor): void {
  if (kind === "empty") {
    if (value !== "" && value !== false) visitor.unknown("a catalogue, a time or another option");
    return;
  }
  if (typeof value !== "object") {
    visitor.unknown("an unexpected value");
    return;
  }
  const node = value as Fields;
  if (kind === "type") {
    visitor.enter("type", node, ctes);
    return;
  }
  const shape = shapeOf(kind, node);
  if (shape === null) {
    visitor.unknown(String(node.class ?? node.type ?? kind));
    return;
  }
  if (!visitor.enter(kind, node, ctes)) return;
  const inside = kind === "query" ? withCtes(node, ctes, pending, visitor) : ctes;
  for (const [name, field] of Object.entries(node)) {
    const fieldKind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (fieldKind === undefined) visitor.unknown(`${String(node.class ?? node.type)}.${name}`);
    else if (fieldKind !== "ctes") pending.push({ kind: fieldKind, value: field, ctes: inside });
  }
}

function shapeOf(kind: FieldKind, node: Fields): Shape | null {
  const named = byName[kind];
  if (named === undefined) return PARTS[kind] ?? null;
  const name = node[named[0]];
  return typeof name === "string" && Object.hasOwn(named[1], name)
    ? (named[1][name] as Shape)
    : null;
}

/**
 * The names in reach of a query: its own CTEs, each of which sees those before it, and a recursive one itself. A name
 * that is taken for a table although it is a CTE is refused or finds no table: the safe side.
 */
function withCtes(node: Fields, outer: CteNames, pending: Pending[], visitor: Visitor): CteNames {
  let names = outer;
  if (node.type === "RECURSIVE_CTE_NODE")
    names = new Set([...outer, folded(String(node.cte_name))]);
  const map = (node.cte_map as { map?: unknown } | undefined)?.map ?? [];
  if (!Array.isArray(map)) {
    visitor.unknown("cte_map");
    return names;
  }
  for (const { key, value } of map as { key: string; value: Fields }[]) {
    for (const field of Object.keys(value)) if (!CTE_FIELDS.has(field)) visitor.unknown(field);
    pending.push({ kind: "statement", value: value.query, ctes: names });
    pending.push({ kind: "expression", value: value.key_targets, ctes: names });
    names = new Set([...names, folded(key)]);
  }
  return names;
}

const CTE_FIELDS: ReadonlySet<string> = new Set([
  "aliases",
  "query",
  "materialized",
  "key_targets",
]);

/** The tables of a query as the tree their keys make: what lies on which side of a key, and where rows multiply. */
import type { GraphKey, SchemaGraph } from "./graph.ts";
import type { TableJoin } from "./join-tables.ts";

export interface JoinTree {
  readonly tables: readonly number[];
  readonly keys: readonly GraphKey[];
  /** The table and all that hang on it when the key is cut. */
  side(table: number, cut: GraphKey): ReadonlySet<number>;
  /** Keys along which one row of the table meets several of others. */
  fansFrom(table: number): readonly GraphKey[];
  /** The one table whose rows the joined rows are; undefined where they are combinations. */
  readonly finest: number | undefined;
}

export function joinTree(graph: SchemaGraph, joins: readonly TableJoin[]): JoinTree {
  const keys = joins.flatMap(({ key }) => (key === undefined ? [] : [key]));
  const tables = joins.map((one) => one.table);
  const fans = new Set(keys.filter((key) => !isOneToOne(graph, key)));
  const reach = (table: number, past: GraphKey | undefined): readonly [number, GraphKey][] =>
    keys
      .filter((key) => key !== past && (key.child === table || key.parent === table))
      .flatMap((key): [number, GraphKey][] => {
        const next = key.child === table ? key.parent : key.child;
        return [[next, key], ...reach(next, key)];
      });
  const fansFrom = (table: number): readonly GraphKey[] =>
    reach(table, undefined).flatMap(([next, key]) =>
      fans.has(key) && key.child === next ? [key] : [],
    );
  return {
    tables,
    keys,
    side: (table, cut) => new Set([table, ...reach(table, cut).map(([next]) => next)]),
    fansFrom,
    finest: tables.find((table) => fansFrom(table).length === 0),
  };
}

/** A row has one child at most where the key that refers to it is the child's own. */
export function isOneToOne({ tables, columns }: SchemaGraph, { child, links }: GraphKey): boolean {
  const own = (tables[child]?.columns ?? []).filter((at) => columns[at]?.primaryKey === true);
  const from = links.map(([at]) => at);
  return own.length > 0 && own.every((at) => from.includes(at));
}

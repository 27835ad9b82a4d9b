/** Which tables a query reads and on what it joins them: the tables named and those that lie between. */
import type { GraphKey, SchemaGraph } from "./graph.ts";

export interface TableJoin {
  readonly table: number;
  /** Absent for the first table, and for one that no key connects. */
  readonly key?: GraphKey;
}

/** How well the question fits a key where two tables have several; higher is better. */
export type KeyPreference = (key: GraphKey) => number;

/** Starts at the first table and adds the nearest of the others until all are in. */
export function joinTables(
  graph: SchemaGraph,
  tables: readonly number[],
  preference: KeyPreference,
): readonly TableJoin[] {
  const [first, ...others] = new Set(tables);
  const joins: TableJoin[] = first === undefined ? [] : [{ table: first }];
  const wanted = new Set(others);
  while (wanted.size > 0) {
    const path = nearest(
      graph,
      joins.map((one) => one.table),
      wanted,
      preference,
    );
    if (path === undefined) {
      const [stray = 0] = wanted;
      joins.push({ table: stray });
      wanted.delete(stray);
    }
    for (const step of path ?? []) {
      joins.push(step);
      wanted.delete(step.table);
    }
  }
  return joins;
}

/** Breadth first from the tables joined so far. */
function nearest(
  graph: SchemaGraph,
  inside: readonly number[],
  wanted: ReadonlySet<number>,
  preference: KeyPreference,
): readonly TableJoin[] | undefined {
  const paths = new Map<number, readonly TableJoin[]>(inside.map((table) => [table, []]));
  const queue = [...inside];
  for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
    const path = paths.get(table) ?? [];
    if (wanted.has(table)) {
      return path;
    }
    const keys = graph.keys
      .filter((key) => key.child !== key.parent && (key.child === table || key.parent === table))
      .sort((left, right) => preference(right) - preference(left));
    for (const key of keys) {
      const next = key.child === table ? key.parent : key.child;
      if (!paths.has(next)) {
        paths.set(next, [...path, { table: next, key }]);
        queue.push(next);
      }
    }
  }
  return undefined;
}

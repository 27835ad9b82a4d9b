/**
 * The order in which every program names its tables: what is referred to before what refers to it, whatever order a
 * catalogue lists them in. The network learns what comes first, and a list by name would tell it nothing.
 */
import type { TableInfo } from "../../sources/ports.ts";
import { tableFinder } from "../find-table.ts";
import { impliedKeys } from "../implied-keys.ts";

/** Of tables that do not refer to each other the wider comes first; where keys go round, the one that waits for the fewest. */
export function inTableOrder(tables: readonly TableInfo[]): readonly TableInfo[] {
  const parents = parentsOf(tables);
  const children = childrenOf(parents);
  const waitingFor = parents.map((own) => own.size);
  const left = new Set(tables.map((_, at) => at).sort((a, b) => byWidth(tables[a], tables[b])));
  const ordered: TableInfo[] = [];
  while (left.size > 0) {
    const next = leastWaiting(left, waitingFor);
    left.delete(next);
    ordered.push(...tables.slice(next, next + 1));
    for (const child of children[next] ?? []) {
      waitingFor[child] = (waitingFor[child] ?? 0) - 1;
    }
  }
  return ordered;
}

function byWidth(left: TableInfo | undefined, right: TableInfo | undefined): number {
  const wider = (right?.columns.length ?? 0) - (left?.columns.length ?? 0);
  return wider || (nameOf(left) < nameOf(right) ? -1 : 1);
}

function nameOf(table: TableInfo | undefined): string {
  return `${table?.schema}.${table?.name}`;
}

/** The first of those that wait for the fewest. */
function leastWaiting(left: ReadonlySet<number>, waitingFor: readonly number[]): number {
  let least = -1;
  for (const at of left) {
    if (waitingFor[at] === 0) {
      return at;
    }
    if (least < 0 || (waitingFor[at] ?? 0) < (waitingFor[least] ?? 0)) {
      least = at;
    }
  }
  return least;
}

/** By table: which others it refers to. */
function parentsOf(tables: readonly TableInfo[]): readonly ReadonlySet<number>[] {
  const find = tableFinder(tables);
  const parents = tables.map(({ foreignKeys }, child) => {
    const found = foreignKeys.map(({ references }) => find(references.schema, references.table));
    return new Set(found.flatMap((at) => (at === undefined || at === child ? [] : [at])));
  });
  for (const { child, parent } of impliedKeys(tables)) {
    parents[child]?.add(parent);
  }
  return parents;
}

function childrenOf(parents: readonly ReadonlySet<number>[]): readonly (readonly number[])[] {
  const children: number[][] = parents.map(() => []);
  parents.forEach((own, child) => {
    for (const parent of own) {
      children[parent]?.push(child);
    }
  });
  return children;
}

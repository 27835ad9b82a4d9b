/**
 * The order in which every program names its tables: what is referred to before what refers to it, whatever order a
 * catalogue lists them in. The network learns what comes first, and a list by name would tell it nothing.
 */
import type { TableInfo } from "../../sources/ports.ts";
import { inOrderOfName, tableFinder } from "../find-table.ts";
import { impliedKeys } from "../implied-keys.ts";

/**
 * Of tables that wait for none the first by name. Where keys go round, the one that waits for the fewest, and of those the
 * one that most wait for, which is mostly one of the round and not one behind it.
 */
export function inTableOrder(tables: readonly TableInfo[]): readonly TableInfo[] {
  const parents = parentsOf(tables);
  const children = childrenOf(parents);
  const waitingFor = parents.map((own) => own.size);
  const left = new Set(inOrderOfName(tables).map(({ at }) => at));
  const ordered: TableInfo[] = [];
  while (left.size > 0) {
    const next = leastWaiting(left, waitingFor, children);
    left.delete(next);
    ordered.push(...tables.slice(next, next + 1));
    for (const child of children[next] ?? []) {
      waitingFor[child] = (waitingFor[child] ?? 0) - 1;
    }
  }
  return ordered;
}

function leastWaiting(
  left: ReadonlySet<number>,
  waitingFor: readonly number[],
  children: readonly (readonly number[])[],
): number {
  let least = -1;
  let most = -1;
  for (const at of left) {
    const waits = waitingFor[at] ?? 0;
    if (waits === 0) {
      return at;
    }
    const wanted = (children[at] ?? []).filter((child) => left.has(child)).length;
    const fewest = waitingFor[least] ?? Number.POSITIVE_INFINITY;
    if (waits < fewest || (waits === fewest && wanted > most)) {
      [least, most] = [at, wanted];
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

/** What the columns of a result are called: each by a name of its own. */
import type { Item } from "./program.ts";
import { itemName } from "./render-item.ts";
import { plainTableName, type Scope } from "./render-names.ts";

export interface Shown {
  readonly text: string;
  readonly item: Item;
  /** Where the item has one that says more than the item alone. */
  readonly name?: string;
}

/** Undefined where the column keeps its own name. */
export function namesOf(shown: readonly Shown[], scope: Scope): readonly (string | undefined)[] {
  const bare = shown.map(({ name, item }) => name ?? itemName(item, scope) ?? ownName(item, scope));
  const told = bare.map((name, at) => {
    const item = shown[at]?.item;
    const twice = name !== undefined && bare.filter((one) => one === name).length > 1;
    const table = twice && item !== undefined ? tableOf(item, scope) : undefined;
    return table === undefined ? name : `${table}_${name}`;
  });
  const names = distinctNames(told.map((name) => name ?? "*"));
  return names.map((name, at) => {
    const item = shown[at]?.item;
    const own = item === undefined ? undefined : ownName(item, scope);
    return told[at] === undefined || name === own ? undefined : name;
  });
}

/** The second of two equal names gets a number. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) {
      free = `${name}_${count}`;
    }
    taken.add(free.toLowerCase());
    return free;
  });
}

/** Of a column shown as it is. */
export function ownName(item: Item, { graph }: Scope): string | undefined {
  const plain =
    item.kind === "term" && item.term.aggregate === undefined && item.term.grain === undefined;
  return plain && item.term.column !== "*" ? graph.columns[item.term.column]?.info.name : undefined;
}

function tableOf(item: Item, scope: Scope): string | undefined {
  const own = ownName(item, scope);
  const column = item.kind === "term" ? item.term.column : "*";
  return own === undefined || column === "*" ? undefined : plainTableName(column, scope);
}

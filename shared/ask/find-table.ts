/** Which table of a schema a declared key means. */
import type { TableInfo } from "../sources/ports.ts";

/** Its position in the list: as it is spelt, or else as it is spelt but for capitals. */
export type FindTable = (schema: string, name: string) => number | undefined;

/** With their positions in the list: what depends on an order is not to depend on that of a catalogue. */
export function inOrderOfName(
  tables: readonly TableInfo[],
): readonly { readonly table: TableInfo; readonly at: number }[] {
  const named = tables.map((table, at) => ({ table, at, name: `${table.schema}.${table.name}` }));
  return named.sort((left, right) => (left.name < right.name ? -1 : 1));
}

export function tableFinder(tables: readonly TableInfo[]): FindTable {
  const exact = new Map<string, number>();
  const loose = new Map<string, number>();
  for (const { table, at } of inOrderOfName(tables)) {
    const { schema, name } = table;
    exact.set(`${schema}.${name}`, at);
    const key = `${schema}.${name.toLowerCase()}`;
    loose.set(key, loose.get(key) ?? at);
  }
  return (schema, name) =>
    exact.get(`${schema}.${name}`) ?? loose.get(`${schema}.${name.toLowerCase()}`);
}

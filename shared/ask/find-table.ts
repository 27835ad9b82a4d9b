/** Which table of a schema a declared key means. */
import type { TableInfo } from "../sources/ports.ts";

/** Its position in the list: as it is spelt, or else as it is spelt but for capitals. */
export type FindTable = (schema: string, name: string) => number | undefined;

export function tableFinder(tables: readonly TableInfo[]): FindTable {
  const exact = new Map<string, number>();
  const loose = new Map<string, number>();
  tables.forEach(({ schema, name }, at) => {
    exact.set(`${schema}.${name}`, at);
    const key = `${schema}.${name.toLowerCase()}`;
    loose.set(key, loose.get(key) ?? at);
  });
  return (schema, name) =>
    exact.get(`${schema}.${name}`) ?? loose.get(`${schema}.${name.toLowerCase()}`);
}

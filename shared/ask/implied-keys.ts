/** Keys that a schema does not declare and its names tell: the `start_station_id` of trips is the `id` of a station. */
import type { ColumnInfo, TableInfo } from "../sources/ports.ts";
import { isNumeric } from "./column-kinds.ts";
import { stemsOf } from "./tokens.ts";

/** Of a column that refers to the key of another table. Positions in the list of tables. */
export interface ImpliedKey {
  readonly child: number;
  readonly parent: number;
  readonly column: string;
  readonly key: string;
}

/** What can be referred to: the one column that is a table's key, by declaration or by its name and place. */
interface Parent {
  readonly at: number;
  readonly key: ColumnInfo;
  /** How names end that refer to it: `station_id`. */
  readonly ending: readonly string[];
}

/** Names that every table may have, and so refer to none. */
const PLAIN: ReadonlySet<string> = new Set(["id", "name", "code"]);

/** None between tables that a declared key connects. */
export function impliedKeys(tables: readonly TableInfo[]): readonly ImpliedKey[] {
  const linked = new Set(tables.flatMap((table, child) => declaredPairs(tables, table, child)));
  const parents = tables.flatMap((table, at) => parentOf(table, at) ?? []);
  const found: ImpliedKey[] = [];
  for (const parent of parents) {
    tables.forEach((table, child) => {
      if (child === parent.at || linked.has(pair(child, parent.at))) {
        return;
      }
      const referring = columnsTo(parent, table);
      if (referring.length > 0) {
        linked.add(pair(child, parent.at));
      }
      for (const { name } of referring) {
        found.push({ child, parent: parent.at, column: name, key: parent.key.name });
      }
    });
  }
  return found;
}

function declaredPairs(
  tables: readonly TableInfo[],
  { foreignKeys }: TableInfo,
  child: number,
): readonly string[] {
  return foreignKeys.map(({ references: { schema, table } }) => {
    const lower = table.toLowerCase();
    const is = (one: TableInfo): boolean =>
      one.schema === schema && one.name.toLowerCase() === lower;
    return pair(child, tables.findIndex(is));
  });
}

function pair(left: number, right: number): string {
  return left < right ? `${left} ${right}` : `${right} ${left}`;
}

function parentOf(table: TableInfo, at: number): Parent | undefined {
  const key = keyOf(table);
  const words = key === undefined ? [] : stemsOf(key.name);
  return key === undefined
    ? undefined
    : { at, key, ending: words.length > 1 ? words : [...stemsOf(table.name), ...words] };
}

/** Without a declaration, the first column where it is called `id` or after its table: `station_id` of stations. */
function keyOf({ name, primaryKey, columns }: TableInfo): ColumnInfo | undefined {
  if (primaryKey.length > 0) {
    return primaryKey.length > 1 ? undefined : columns.find((one) => one.name === primaryKey[0]);
  }
  const [first] = columns;
  const words = stemsOf(first?.name ?? "");
  const isKey = words.length > 0 && endsWith([...stemsOf(name), "id"], words);
  return isKey && words.at(-1) === "id" ? first : undefined;
}

/** By the very name of the key; where none has it, by names that end as it does. */
function columnsTo({ key, ending }: Parent, table: TableInfo): readonly ColumnInfo[] {
  const alike = table.columns.filter((one) => isNumeric(one) === isNumeric(key));
  const same = alike.find((one) => one.name.toLowerCase() === key.name.toLowerCase());
  if (same !== undefined && !PLAIN.has(key.name.toLowerCase())) {
    return [same];
  }
  return ending.length < 2 ? [] : alike.filter((one) => endsWith(stemsOf(one.name), ending));
}

function endsWith(words: readonly string[], ending: readonly string[]): boolean {
  return ending.every((word, at) => words[words.length - ending.length + at] === word);
}

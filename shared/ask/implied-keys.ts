/** Keys that a schema does not declare and its names tell: the `start_station_id` of trips is the `id` of a station. */
import type { ColumnInfo, TableInfo } from "../sources/ports.ts";
import { isBoolean, isNumeric, isTime } from "./column-kinds.ts";
import { inOrderOfName, tableFinder } from "./find-table.ts";
import { stemsOf } from "./tokens.ts";

/** Of a column that refers to the key of another table. Positions in the list of tables. */
export interface ImpliedKey {
  readonly child: number;
  readonly parent: number;
  readonly column: string;
  readonly key: string;
  /** Several rows of the parent may have the same, as far as its columns tell: `team_id` of the teams of every year. */
  readonly shared?: true;
}

/** What can be referred to. */
interface Parent {
  readonly at: number;
  readonly key: ColumnInfo;
  /** Whether the key is called after its table: `customer_id` of customers, and no table that adds to them. */
  readonly namesake: boolean;
  readonly shared: boolean;
}

/** Of one schema: by how names end that refer to them. */
type Parents = ReadonlyMap<string, readonly Parent[]>;

/** Last words of the names of keys. */
const KEY_WORDS: ReadonlySet<string> = new Set(["id", "key", "no", "nr", "code", "uuid", "guid"]);
/** Keys of one word that say a thing of a row, and so of the rows of many tables. */
const SAID_OF_MANY: ReadonlySet<string> = new Set(
  [
    "name",
    "title",
    "year",
    "month",
    "week",
    "day",
    "date",
    "type",
    "kind",
    "status",
    "number",
  ].flatMap(stemsOf),
);
/** First words that say what a table is for. */
const TABLE_PREFIXES: ReadonlySet<string> = new Set(["dim", "fact", "stg", "tbl", "raw"]);

const cache = new WeakMap<readonly TableInfo[], readonly ImpliedKey[]>();

/**
 * Within one schema, none between tables that a declared key connects, none of columns that are part of a declared key
 * or masked. A name refers to the table that it says the most words of: `order_item_id` to order items, not to items.
 */
export function impliedKeys(tables: readonly TableInfo[]): readonly ImpliedKey[] {
  const known = cache.get(tables);
  if (known !== undefined) {
    return known;
  }
  const declared = declaredPairs(tables);
  const keys = tables.map(soleKey);
  const parents = indexParents(tables, keys);
  const found = tables.flatMap((table, child) => {
    const taken = new Set(table.foreignKeys.flatMap((key) => key.columns));
    return table.columns.flatMap((column): readonly ImpliedKey[] => {
      const at = {
        child,
        schema: table.schema,
        isOwnKey: keys[child] === column && !isShared(column, table),
      };
      const parent = taken.has(column.name) ? undefined : parentOf(column, at, parents);
      return parent === undefined || declared.has(pair(child, parent.at))
        ? []
        : [
            {
              ...{ child, parent: parent.at, column: column.name, key: parent.key.name },
              ...(parent.shared && { shared: true }),
            },
          ];
    });
  });
  // Where one row is meant by the key between two tables, none is that several may share.
  const sole = new Set(found.flatMap((one) => (one.shared ? [] : [pair(one.child, one.parent)])));
  const kept = found.filter((one) => one.shared !== true || !sole.has(pair(one.child, one.parent)));
  cache.set(tables, kept);
  return kept;
}

/** Of a key that nobody declares: a table that begins with something else may have it in several rows. */
function isShared(key: ColumnInfo, { primaryKey, columns }: TableInfo): boolean {
  return primaryKey.length === 0 && key !== columns[0];
}

function declaredPairs(tables: readonly TableInfo[]): ReadonlySet<string> {
  const find = tableFinder(tables);
  return new Set(
    tables.flatMap(({ foreignKeys }, child) =>
      foreignKeys.map(({ references: { schema, table } }) =>
        pair(child, find(schema, table) ?? -1),
      ),
    ),
  );
}

function pair(left: number, right: number): string {
  return left < right ? `${left} ${right}` : `${right} ${left}`;
}

function indexParents(
  tables: readonly TableInfo[],
  keys: readonly (ColumnInfo | undefined)[],
): Parents {
  const index = new Map<string, Parent[]>();
  // By name, so that of several which are meant alike the same is taken whatever the order of the list.
  for (const { table, at } of inOrderOfName(tables)) {
    const key = keys[at];
    const shared = key !== undefined && isShared(key, table);
    const words = wordsOfTable(table);
    const own = key === undefined ? [] : stemsOf(key.name);
    const ending = own.length === 1 && KEY_WORDS.has(own[0] ?? "") ? [...words, ...own] : own;
    if (key === undefined || ending.length === 0 || SAID_OF_MANY.has(ending.join(" "))) {
      continue;
    }
    const namesake = ending.slice(0, -1).join(" ") === words.join(" ");
    const spellings = new Set([ending.join(" "), ending.join("")]);
    for (const spelling of spellings) {
      const place = `${table.schema} ${spelling}`;
      index.set(place, [...(index.get(place) ?? []), { at, key, namesake, shared }]);
    }
  }
  return index;
}

function wordsOfTable({ name }: TableInfo): readonly string[] {
  const words = stemsOf(name);
  return words.length > 1 && TABLE_PREFIXES.has(words[0] ?? "") ? words.slice(1) : words;
}

/**
 * The one column that says which row of a table is meant. Where none is declared, the first, if it is called like one:
 * `id`, or `station_id` of stations; or else a `station_id` elsewhere. A view has none, since it shows the rows of others.
 */
function soleKey(table: TableInfo): ColumnInfo | undefined {
  const { primaryKey, columns, kind } = table;
  const [declared, ...others] = primaryKey;
  const key =
    declared === undefined ? keyByName(table) : columns.find((one) => one.name === declared);
  const is = key !== undefined && kind !== "view" && others.length === 0 && mayBeKey(key);
  return is ? key : undefined;
}

function mayBeKey(column: ColumnInfo): boolean {
  return column.masked !== true && !isBoolean(column) && !isTime(column);
}

function keyByName(table: TableInfo): ColumnInfo | undefined {
  const isNamed = (one: ColumnInfo): boolean => isNamesake(one, table);
  const [first] = table.columns;
  const said = first === undefined ? [] : stemsOf(first.name);
  const isPlain = said.length === 1 && KEY_WORDS.has(said[0] ?? "");
  return isPlain ? first : table.columns.find(isNamed);
}

function isNamesake({ name }: ColumnInfo, table: TableInfo): boolean {
  const said = stemsOf(name).join("");
  const words = wordsOfTable(table).join("");
  return [...KEY_WORDS].some((one) => said === `${words}${one}`);
}

/** Where a column is. */
interface Place {
  readonly child: number;
  readonly schema: string;
  readonly isOwnKey: boolean;
}

function parentOf(
  column: ColumnInfo,
  { child, schema, isOwnKey }: Place,
  parents: Parents,
): Parent | undefined {
  const words = mayBeKey(column) ? stemsOf(column.name) : [];
  // A last word alone says too little: no `phone_number` is the `number` of a room.
  for (let from = 0; from === 0 || from < words.length - 1; from += 1) {
    const all = parents.get(`${schema} ${words.slice(from).join(" ")}`);
    if (all !== undefined) {
      const others = all.filter(
        (one) => one.at !== child && isNumeric(one.key) === isNumeric(column),
      );
      // Of tables that share their key, the others add to the one that it is called after. One row is better than several.
      const sole = others.filter((one) => !one.shared);
      const meant = sole.length > 0 ? sole : others;
      const named = meant.find((one) => one.namesake);
      return isOwnKey ? (from === 0 ? named : undefined) : (named ?? meant[0]);
    }
  }
  return undefined;
}

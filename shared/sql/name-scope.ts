/** Which names a point of a statement can see, and what is known of the columns behind them. */

export interface Column {
  readonly name: string;
  /** The masked column that shows through, as `table.column`; null where the value may be used freely. */
  readonly guarded: string | null;
}

/** What a query, a table or a function gives: its columns in order. */
export interface Columns {
  readonly list: readonly Column[];
  /** There may be more than are known (a function's row). */
  readonly open: boolean;
}

/** One name that FROM brings in. */
export interface Item extends Columns {
  readonly name: string | null;
  /** Of a table named without an alias: it may be written before the table's name. */
  readonly schema: string | null;
  /** A subquery stands in the table's place: `schema.table.column` would no longer find it. */
  readonly replaced: boolean;
  /** False where the table has columns that the caller does not see. */
  readonly complete: boolean;
  /** The table whose rows may not be asked for as a whole, or null. */
  readonly withheld: string | null;
}

export interface NameScope {
  readonly items: Item[];
  readonly outer: NameScope | null;
}

export const NO_COLUMNS: Columns = { list: [], open: false };

/** The nearest level that has the column, as PostgreSQL looks; a masked one wins where several fit. */
export function findColumn(scope: NameScope | null, name: string): Column | null {
  for (let at = scope; at !== null; at = at.outer) {
    let found: Column | null = null;
    for (const item of at.items)
      for (const column of item.list)
        if (column.name === name && (found === null || column.guarded !== null)) found = column;
    if (found !== null) return found;
  }
  return null;
}

/** True where everything that a bare name could mean is known. */
export function isClosed(scope: NameScope | null): boolean {
  for (let at = scope; at !== null; at = at.outer)
    if (at.items.some((item) => item.open)) return false;
  return true;
}

/** Every column that a bare name could mean. */
export function columnNames(scope: NameScope | null): string[] {
  const names = new Set<string>();
  for (let at = scope; at !== null; at = at.outer)
    for (const item of at.items) for (const column of item.list) names.add(column.name);
  return [...names];
}

export function findItem(
  scope: NameScope | null,
  name: string,
  schema: string | null = null,
): Item | null {
  for (let at = scope; at !== null; at = at.outer)
    for (const item of at.items)
      if (item.name === name && (schema === null || item.schema === schema)) return item;
  return null;
}

/** The first column a mask shows through, or null. */
export function firstGuarded(columns: readonly Column[]): string | null {
  return columns.find((column) => column.guarded !== null)?.guarded ?? null;
}

/** `AS x(a, b)`: the first columns under other names. */
export function renamed(columns: Columns, names: readonly string[]): Columns {
  if (names.length === 0) return columns;
  const list = columns.list.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
  for (const name of names.slice(list.length)) list.push({ name, guarded: null });
  return { list, open: columns.open };
}

/** Reads the values of a source's text columns, as many as its settings let in, and gives up quietly on what fails. */
import type { ValueIndexSettings } from "../contract/sources.ts";
import { collect } from "./collect.ts";
import { isPersonalName, keptValues } from "./personal-data.ts";
import type { ColumnInfo, SourceAdapter, SourceSchema, TableInfo } from "./ports.ts";
import { isTextType, type ValueBounds, valueSql } from "./value-sql.ts";

/** By `columnKey`. A column that was looked at and left out has an empty list. */
export type ReadValues = ReadonlyMap<string, readonly string[]>;

type Reader = Pick<SourceAdapter, "dialect" | "execute">;

const COLUMNS_PER_STATEMENT = 8;
const SAMPLE_ROWS = 100_000;
const STATEMENT_MS = 5_000;
/** Of all statements together: the first question of a source may wait for them. */
const ALL_MS = 12_000;
const BYTES = 16_777_216;
/** Longer than the limit in so many of its values, and it is no column of names. */
const MOST_TOO_LONG = 0.3;

export const columnKey = (table: Pick<TableInfo, "schema" | "name">, column: string): string =>
  JSON.stringify([table.schema, table.name, column]);

/** Small tables first, because they hold the names of things, until the budget of values or of time is used up. */
export async function readValues(
  source: Reader,
  schema: SourceSchema,
  settings: ValueIndexSettings,
  signal: AbortSignal,
): Promise<ReadValues> {
  const found = new Map<string, readonly string[]>();
  const ends = performance.now() + ALL_MS;
  let left = settings.max_total_values;
  for (const table of bySize(schema.tables)) {
    const texts = table.columns.filter(({ type }) => isTextType(type));
    const columns = texts.filter((column) => isWanted(table, column, settings));
    for (const { name } of texts)
      if (!columns.some((one) => one.name === name)) found.set(columnKey(table, name), []);
    for (let at = 0; at < columns.length; at += COLUMNS_PER_STATEMENT) {
      if (left <= 0 || performance.now() >= ends || signal.aborted) return found;
      const names = columns.slice(at, at + COLUMNS_PER_STATEMENT).map(({ name }) => name);
      const lists = await readColumns(source, table, names, settings, signal);
      lists?.forEach((list, i) => {
        const kept = list.slice(0, left);
        left -= kept.length;
        found.set(columnKey(table, names[i] ?? ""), kept);
      });
    }
  }
  return found;
}

const bySize = (tables: readonly TableInfo[]): readonly TableInfo[] =>
  tables.toSorted(
    (a, b) =>
      (a.estimatedRows ?? Number.MAX_SAFE_INTEGER) - (b.estimatedRows ?? Number.MAX_SAFE_INTEGER),
  );

function isWanted(
  table: TableInfo,
  { name }: ColumnInfo,
  { exclude, pii }: ValueIndexSettings,
): boolean {
  if (pii === "skip" && isPersonalName(name)) return false;
  const full = `${table.schema}.${table.name}.${name}`;
  return !exclude.some((pattern) => matches(pattern, full));
}

/** `*` stands for any characters; case does not matter. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "is").test(name);
}

/** Null where the table cannot be read: its columns stay as the catalogue describes them. */
async function readColumns(
  source: Reader,
  table: TableInfo,
  columns: readonly string[],
  settings: ValueIndexSettings,
  signal: AbortSignal,
): Promise<readonly (readonly string[])[] | null> {
  const bounds: ValueBounds = {
    sampleRows: SAMPLE_ROWS,
    maxValues: settings.max_values_per_column,
    maxLength: settings.max_value_length,
  };
  const sampled = valueSql(source.dialect, table, columns, bounds);
  const firstRows = valueSql(source.dialect, { ...table, kind: "view" }, columns, bounds);
  const read = async (sql: string) => {
    const budget = {
      maxRows: columns.length * bounds.maxValues,
      maxBytes: BYTES,
      timeoutMs: STATEMENT_MS,
    };
    return (await collect(source.execute({ sql, params: [] }, budget, signal))).rows;
  };
  // Not every relation has blocks to draw from: the first rows do as well.
  const again = () => (signal.aborted || sampled === firstRows ? null : read(firstRows));
  const rows = await read(sampled)
    .catch(again)
    .catch(() => null);
  if (rows === null) return null;
  return columns.map((_, at) => {
    const own = rows.filter((row) => Number(row[0]) === at);
    const sorted = own
      .map((row) => ({ value: String(row[1]), count: Number(row[2]) }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    return usable(
      sorted.map(({ value }) => value),
      settings,
    );
  });
}

function usable(
  values: readonly string[],
  { max_value_length, pii }: ValueIndexSettings,
): readonly string[] {
  const short = values.filter((value) => [...value].length <= max_value_length);
  if (values.length - short.length > MOST_TOO_LONG * values.length) return [];
  const named = short.filter((value) => value.trim() !== "");
  return pii === "include" ? named : (keptValues(named) ?? []);
}

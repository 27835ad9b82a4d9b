/**
 * A database as plain data: `schema.sql` in the MySQL dialect with one CSV file per table, read into the shape that a
 * source's introspection has, and its rows. It knows no engine, so that training can read the same databases.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ColumnInfo, ForeignKey, TableInfo } from "../shared/sources/ports.ts";
import { postgresType } from "./column-type.ts";
import { parseCsv } from "./parse-csv.ts";
import { type DeclaredTable, parseDdl } from "./parse-ddl.ts";

export type DataCell = string | number | bigint | null;

export interface DataTable {
  /** With the PostgreSQL types that hold every cell, and the values of text columns that have few of them. */
  readonly info: TableInfo;
  /** As the DDL has them, in the order of the columns: what SQLite's affinities come from. */
  readonly declaredTypes: readonly string[];
  readonly unique: readonly (readonly string[])[];
  readonly rows: readonly (readonly DataCell[])[];
}

export interface Database {
  readonly name: string;
  readonly tables: readonly DataTable[];
  /** Oddities of the data that were passed over, one sentence each. */
  readonly notes: readonly string[];
}

/** How exports of MySQL and SQLite write it. */
const NULL = "NULL";
/** As many distinct values as introspection lists. */
const MAX_VALUES = 100;

/** Reads `<folder>/schema.sql` and `<folder>/data/<table>.csv`. @throws Error where the DDL cannot be read. */
export async function readDatabase(folder: string, name: string): Promise<Database> {
  const declared = parseDdl(await readFile(join(folder, "schema.sql"), "utf8"));
  const notes: string[] = [];
  const tables: DataTable[] = [];
  for (const table of declared) {
    const text = await readFile(join(folder, "data", `${table.name}.csv`), "utf8").catch(
      () => null,
    );
    if (text === null) notes.push(`${name}.${table.name} has no CSV file and is empty`);
    tables.push(toDataTable(table, declared, text === null ? [] : rowsOf(table, text)));
  }
  return { name, tables, notes };
}

/** In the order of the DDL's columns, whatever the order of the file's. */
function rowsOf(table: DeclaredTable, text: string): readonly (readonly DataCell[])[] {
  const [head = [], ...rows] = parseCsv(text, NULL);
  const names = head.map((name) => name?.toLowerCase());
  const places = table.columns.map(({ name }) => names.indexOf(name.toLowerCase()));
  return rows.map((row) => places.map((at) => row[at] ?? null));
}

export function toDataTable(
  table: DeclaredTable,
  all: readonly DeclaredTable[],
  rows: readonly (readonly DataCell[])[],
): DataTable {
  const columns = table.columns.map(({ name, type, nullable }, at): ColumnInfo => {
    const cells = rows.map((row) => row[at] ?? null);
    const chosen = postgresType(type, cells);
    const values = chosen === "text" ? frequentValues(cells) : null;
    return { name, type: chosen, nullable, ...(values !== null && { values }) };
  });
  const primaryKey = table.primaryKey.map((name) => ownName(table, name));
  const info: TableInfo = {
    schema: "public",
    name: table.name,
    kind: "table",
    columns,
    primaryKey,
    foreignKeys: foreignKeysOf(table, all),
    estimatedRows: rows.length,
  };
  return { info, declaredTypes: table.columns.map(({ type }) => type), unique: table.unique, rows };
}

/** Names in a key may differ in case from the names declared; what refers to nothing is left out. */
function foreignKeysOf(table: DeclaredTable, all: readonly DeclaredTable[]): readonly ForeignKey[] {
  return table.references.flatMap((reference) => {
    const target = all.find(({ name }) => same(name, reference.table));
    if (target === undefined) return [];
    const named =
      reference.foreignColumns.length > 0 ? reference.foreignColumns : target.primaryKey;
    return [
      {
        columns: reference.columns.map((name) => ownName(table, name)),
        references: {
          schema: "public",
          table: target.name,
          columns: named.map((name) => ownName(target, name)),
        },
      },
    ];
  });
}

function ownName(table: DeclaredTable, name: string): string {
  return table.columns.find((column) => same(column.name, name))?.name ?? name;
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** Most frequent first; null where there are too many to be a list. */
function frequentValues(cells: readonly DataCell[]): readonly string[] | null {
  const counts = new Map<string, number>();
  for (const cell of cells)
    if (cell !== null) counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1);
  if (counts.size === 0 || counts.size > MAX_VALUES) return null;
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([value]) => value);
}

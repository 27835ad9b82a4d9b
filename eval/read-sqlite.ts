/** A SQLite file as plain data, through Node's own SQLite. */
import { DatabaseSync } from "node:sqlite";
import type { DeclaredReference, DeclaredTable } from "./parse-ddl.ts";
import { type Database, type DataCell, type DataTable, toDataTable } from "./read-database.ts";

export function readSqlite(file: string, name: string): Database {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const names = list(
      database,
      "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by rowid",
    ).map((row) => String(row.name));
    const declared = names.map((table) => declaredTable(database, table));
    const tables = declared.map(
      (table): DataTable => toDataTable(table, declared, rowsOf(database, table.name)),
    );
    return { name, tables, notes: [] };
  } finally {
    database.close();
  }
}

function list(database: DatabaseSync, sql: string, ...params: string[]) {
  return database.prepare(sql).all(...params);
}

function declaredTable(database: DatabaseSync, table: string): DeclaredTable {
  const columns = list(database, "select * from pragma_table_info(?)", table);
  return {
    name: table,
    columns: columns.map((column) => ({
      name: String(column.name),
      type: String(column.type) || "TEXT",
      nullable: column.notnull === 0,
    })),
    primaryKey: columns
      .filter((column) => Number(column.pk) > 0)
      .toSorted((a, b) => Number(a.pk) - Number(b.pk))
      .map((column) => String(column.name)),
    unique: uniqueKeys(database, table),
    references: references(database, table),
  };
}

function uniqueKeys(database: DatabaseSync, table: string): readonly (readonly string[])[] {
  return list(
    database,
    "select name from pragma_index_list(?) where \"unique\" = 1 and origin = 'u'",
    table,
  ).map((index) =>
    list(database, "select name from pragma_index_info(?)", String(index.name)).map((column) =>
      String(column.name),
    ),
  );
}

function references(database: DatabaseSync, table: string): readonly DeclaredReference[] {
  const rows = list(
    database,
    "select * from pragma_foreign_key_list(?) order by id desc, seq",
    table,
  );
  return [...Map.groupBy(rows, (row) => row.id).values()].map((parts) => ({
    columns: parts.map((part) => String(part.from)),
    table: String(parts[0]?.table),
    foreignColumns: parts.flatMap((part) => (part.to === null ? [] : [String(part.to)])),
  }));
}

function rowsOf(database: DatabaseSync, table: string): readonly (readonly DataCell[])[] {
  const statement = database.prepare(`select * from "${table.replaceAll('"', '""')}"`);
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  return (statement.all() as unknown as unknown[][]).map((row) => row.map(toDataCell));
}

/** An empty text is no value, as it is in a CSV file. */
function toDataCell(value: unknown): DataCell {
  if (typeof value === "string") return value === "" ? null : value;
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return value === null ? null : Buffer.from(value as Uint8Array).toString("hex");
}

/** Reads a database given as MySQL-dialect DDL and one CSV file a table into what introspection would have said of it. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ColumnInfo, ForeignKey, SourceSchema, TableInfo } from "../shared/sources/ports.ts";
import { parseCsv } from "./csv.ts";

const MOST_VALUES = 1_000;
const LONGEST_VALUE = 60;

/** @param folder Holds `schema.sql` and `data/<table>.csv`. */
export async function readDatabase(folder: string): Promise<SourceSchema> {
  const ddl = await readFile(join(folder, "schema.sql"), "utf8");
  const files = new Map(
    (await readdir(join(folder, "data"))).map((name) => [name.toLowerCase(), name]),
  );
  const tables: TableInfo[] = [];
  for (const match of ddl.matchAll(/CREATE TABLE `[^`]+`\.`([^`]+)` \(\n([\s\S]*?)\n\);/g)) {
    const [, name = "", body = ""] = match;
    const file = files.get(`${name.toLowerCase()}.csv`);
    const rows =
      file === undefined ? [] : parseCsv(await readFile(join(folder, "data", file), "utf8"));
    tables.push(readTable(name, body, rows));
  }
  return { tables, version: folder };
}

function readTable(name: string, body: string, rows: readonly (readonly string[])[]): TableInfo {
  const header = (rows[0] ?? []).map((one) => one.toLowerCase());
  const columns: ColumnInfo[] = [];
  const foreignKeys: ForeignKey[] = [];
  let primaryKey: readonly string[] = [];
  for (const line of body.split("\n")) {
    const names = [...line.matchAll(/`([^`]+)`/g)].map((one) => one[1] ?? "");
    const key = /FOREIGN KEY \((.*?)\) REFERENCES `[^`]+`\.`([^`]+)` \((.*?)\)/.exec(line);
    if (key !== null) {
      const quoted = (text: string): string[] =>
        [...text.matchAll(/`([^`]+)`/g)].map((one) => one[1] ?? "");
      foreignKeys.push({
        columns: quoted(key[1] ?? ""),
        references: { schema: "public", table: key[2] ?? "", columns: quoted(key[3] ?? "") },
      });
    } else if (/^\s*PRIMARY KEY/.test(line)) {
      primaryKey = names;
    } else {
      const column = /^\s*`([^`]+)` ([A-Z]+)/.exec(line);
      if (column !== null) {
        const at = header.indexOf((column[1] ?? "").toLowerCase());
        columns.push(readColumn(column[1] ?? "", column[2] ?? "", rows.slice(1), at));
      }
    }
  }
  return {
    schema: "public",
    name,
    kind: "table",
    columns,
    primaryKey,
    foreignKeys,
    estimatedRows: rows.length,
  };
}

const types: Readonly<Record<string, string>> = {
  CHAR: "text",
  VARCHAR: "text",
  TEXT: "text",
  INT: "integer",
  INTEGER: "integer",
  BIGINT: "bigint",
  DECIMAL: "numeric",
  NUMERIC: "numeric",
  DOUBLE: "double precision",
  FLOAT: "double precision",
  REAL: "double precision",
  DATE: "date",
  DATETIME: "timestamp without time zone",
  BOOLEAN: "boolean",
};

function readColumn(
  name: string,
  declared: string,
  rows: readonly (readonly string[])[],
  at: number,
): ColumnInfo {
  const type = types[declared] ?? "text";
  const bare = { name, type, nullable: true };
  if (type !== "text" || at < 0) {
    return bare;
  }
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = (row[at] ?? "").trim();
    if (value !== "" && value.length <= LONGEST_VALUE) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  const values = [...counts]
    .sort((left, right) => right[1] - left[1])
    .slice(0, MOST_VALUES)
    .map(([value]) => value);
  return { ...bare, values };
}

/** A database of the training data as its source would introspect it, with a value index. */
import { join } from "node:path";
import { type DataTable, readDatabase } from "../eval/read-database.ts";
import type { SourceSchema, TableInfo } from "../shared/sources/ports.ts";

const MOST_VALUES = 1_000;
const LONGEST_VALUE = 60;

/** @param root Holds one folder a database. */
export async function readSchema(root: string, name: string): Promise<SourceSchema> {
  const { tables } = await readDatabase(join(root, name), name);
  return { tables: tables.map(withValues), version: name };
}

function withValues({ info, rows }: DataTable): TableInfo {
  return {
    ...info,
    columns: info.columns.map(({ values: _, ...column }, at) =>
      column.type === "text" ? { ...column, values: valuesOf(rows.map((row) => row[at])) } : column,
    ),
  };
}

/** The most frequent first. */
function valuesOf(cells: readonly unknown[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const cell of cells) {
    const value = cell === null || cell === undefined ? "" : String(cell).trim();
    if (value !== "" && value.length <= LONGEST_VALUE) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts]
    .sort((left, right) => right[1] - left[1])
    .slice(0, MOST_VALUES)
    .map(([value]) => value);
}

/** The tables of a lake as DuckDB reads them: columns and types from the files, rows from Parquet's own counts. */
import { createHash } from "node:crypto";
import { AppError } from "../../kernel/app-error.ts";
import type { ColumnInfo, SourceSchema, TableInfo } from "../../sources/ports.ts";
import { LAKE_SCHEMA } from "../../sql/duckdb/relation-rules.ts";
import type { LakeTables } from "./lake-tables.ts";
import type { MountedTable, Mounts } from "./mounts.ts";
import { identifier, literal } from "./table-sql.ts";

/** DuckDB itself looks into so many files of CSV and JSON to tell their columns. */
const SNIFFED_FILES = 10;

export async function introspectLake(
  tables: LakeTables,
  mounts: Mounts,
  signal: AbortSignal,
): Promise<SourceSchema> {
  const found: TableInfo[] = [];
  for (const table of await tables.all(signal)) {
    const columns = await tables
      .toMount(table, signal)
      .then((mounted) => describe(mounts, mounted, signal))
      .catch((error: unknown) => unreadable(error, signal));
    found.push({
      schema: LAKE_SCHEMA,
      name: table.name,
      kind: "table",
      primaryKey: [],
      foreignKeys: [],
      ...columns,
    });
  }
  const shape = found.map(({ name, columns }) => [
    name,
    columns.map((one) => [one.name, one.type]),
  ]);
  const version = createHash("sha256").update(JSON.stringify(shape)).digest("base64url");
  return { tables: found, version };
}

/** One table that cannot be read must not hide the others: it shows why, and no columns. */
function unreadable(error: unknown, signal: AbortSignal): Pick<TableInfo, "columns" | "comment"> {
  if (signal.aborted || !(error instanceof AppError) || error.code !== "query_failed") throw error;
  return { columns: [], comment: error.detail };
}

async function describe(
  mounts: Mounts,
  mounted: MountedTable,
  signal: AbortSignal,
): Promise<Pick<TableInfo, "columns" | "estimatedRows">> {
  const sample = sampleOf(mounted);
  const mount = await mounts.open([sample], signal);
  const connection = await mount.connect();
  try {
    const reader = await connection.runAndReadAll(
      `DESCRIBE main.${identifier(mounted.table.name)}`,
    );
    const columns = reader.getRowObjectsJson().map(
      (row): ColumnInfo => ({
        name: String(row.column_name),
        type: typeName(String(row.column_type)),
        nullable: true,
      }),
    );
    if (mounted.table.format !== "parquet") return { columns };
    const paths = [...mount.names.keys()].map(literal).join(", ");
    const counted = await connection.runAndReadAll(
      `SELECT sum(num_rows)::DOUBLE FROM parquet_file_metadata([${paths}])`,
    );
    const rows = Number(counted.getRows()[0]?.[0] ?? 0);
    const scale = bytesOf(mounted) / bytesOf(sample);
    return { columns, estimatedRows: Math.round(rows * scale) };
  } finally {
    connection.closeSync();
    mount.release();
  }
}

/** Parquet's first file speaks for all; files that are joined by name are all needed. */
function sampleOf(mounted: MountedTable): MountedTable {
  const { table, files } = mounted;
  if (table.options.union_by_name) return mounted;
  return { ...mounted, files: files.slice(0, table.format === "parquet" ? 1 : SNIFFED_FILES) };
}

const bytesOf = ({ files }: MountedTable): number =>
  files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** An enum's type lists all its values. */
const typeName = (type: string): string =>
  type.startsWith("ENUM(") ? "enum" : /^(STRUCT|MAP|UNION)/.test(type) ? type : type.toLowerCase();

/** The view that a table is: DuckDB's reader over an explicit list of local files. */
import type { LakeTable } from "../../lake/lake-table.ts";
import type { PartitionColumn } from "../../lake/partitions.ts";

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const READERS = { parquet: "read_parquet", csv: "read_csv", json: "read_json" } as const;

export function readerSql(
  table: LakeTable,
  paths: readonly string[],
  partitions: readonly PartitionColumn[],
): string {
  const options: Record<string, string> = {
    hive_partitioning: String(partitions.length > 0),
    ...(partitions.length > 0 && {
      hive_types_autocast: "false",
      hive_types: `{${partitions.map(({ name, type }) => `${literal(name)}: ${type}`).join(", ")}}`,
    }),
    ...optionsOf(table),
  };
  const settings = Object.entries(options).map(([name, value]) => `${name} = ${value}`);
  return `${READERS[table.format]}([${paths.map(literal).join(", ")}], ${settings.join(", ")})`;
}

export const viewSql = (table: LakeTable, reader: string): string =>
  `CREATE VIEW main.${identifier(table.name)} AS SELECT * FROM ${reader}`;

function optionsOf({ format, options }: LakeTable): Record<string, string> {
  const given: Record<string, string> = {};
  if (options.union_by_name) given.union_by_name = "true";
  if (format !== "csv") return given;
  const texts = {
    delim: options.delimiter,
    quote: options.quote,
    escape: options.escape,
    nullstr: options.null_text,
  };
  for (const [name, text] of Object.entries(texts))
    if (text !== undefined) given[name] = literal(text);
  if (options.header !== undefined) given.header = String(options.header);
  if (options.skip !== undefined) given.skip = String(options.skip);
  if (options.all_text !== undefined) given.all_varchar = String(options.all_text);
  return given;
}

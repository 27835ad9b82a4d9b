/** Reads distinct values of text columns: one statement per table and few columns, bounded in rows, in each dialect. */
import { quoted } from "../kernel/identifiers.ts";
import type { SqlDialect, TableInfo } from "./ports.ts";

export interface ValueBounds {
  /** The first rows that are looked at, or a sample of about as many where the table is known to be larger. */
  readonly sampleRows: number;
  /** Distinct values for each column, the most frequent first. */
  readonly maxValues: number;
  /** One character more is read, to tell what is longer. */
  readonly maxLength: number;
}

/** Rows of (position in `columns`, value, how often). */
export function valueSql(
  dialect: SqlDialect,
  table: TableInfo,
  columns: readonly string[],
  bounds: ValueBounds,
): string {
  const from = `${quoted(table.schema)}.${quoted(table.name)}${sampled(dialect, table, bounds)}`;
  const branches = columns.map(
    (column, at) =>
      `SELECT ${at} AS c, v, n FROM (SELECT LEFT(CAST(t AS VARCHAR), ${bounds.maxLength + 1}) AS v, COUNT(*) AS n FROM (SELECT ${quoted(column)} AS t FROM ${from} WHERE ${quoted(column)} IS NOT NULL LIMIT ${bounds.sampleRows}) AS s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${bounds.maxValues}) AS q${at}`,
  );
  return branches.join(" UNION ALL ");
}

/** Blocks are drawn, not rows: a large table is not read whole to read a part of it. Views have no blocks. */
function sampled(dialect: SqlDialect, table: TableInfo, { sampleRows }: ValueBounds): string {
  const rows = table.estimatedRows ?? 0;
  if (table.kind === "view" || rows <= 2 * sampleRows) return "";
  const percent = Math.max(0.01, (100 * sampleRows) / rows).toFixed(2);
  if (dialect === "snowflake") return ` SAMPLE SYSTEM (${percent})`;
  return ` TABLESAMPLE SYSTEM (${percent}${dialect === "duckdb" ? "%" : ""})`;
}

export function isTextType(type: string): boolean {
  return /^(text|character|char|varchar|nvarchar|bpchar|citext|string|enum)\b(?!.*\[\])/.test(type);
}

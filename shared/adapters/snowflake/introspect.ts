/** INFORMATION_SCHEMA and the SHOW … KEYS commands → the schema: four kinds of statements, no table is read. */

import { AppError } from "../../kernel/app-error.ts";
import { sha256Hex } from "../../kernel/digest.ts";
import type { ColumnInfo, ForeignKey, SourceSchema, TableInfo } from "../../sources/ports.ts";
import type { SnowflakeConfig } from "./config.ts";
import { LARGE, type NamedRow, numberOf, type Query, textOf } from "./read-rows.ts";
import { quoteName, quoteString } from "./statement-text.ts";

type Where = Pick<SnowflakeConfig, "database" | "schemas">;

export async function introspect(
  query: Query,
  where: Where,
  signal: AbortSignal,
): Promise<SourceSchema> {
  const tables = await query(tablesSql(where), LARGE, signal);
  const columns = groupByTable(
    await query(columnsSql(where), LARGE, signal),
    "table_schema",
    "table_name",
  );
  const keys = await readKeys(query, where, signal);
  const infos = tables.map((row) => toTable(row, columns, keys));
  const shape = infos.map((t) => [
    t.schema,
    t.name,
    t.kind,
    t.columns.map((c) => [c.name, c.type, c.nullable]),
    t.primaryKey,
    t.foreignKeys,
  ]);
  return { tables: infos, version: sha256Hex(JSON.stringify(shape)).slice(0, 16) };
}

const informationSchema = (database: string) => `${quoteName(database)}.INFORMATION_SCHEMA`;
const named = (schemas: readonly string[]) => schemas.map(quoteString).join(", ");

function tablesSql({ database, schemas }: Where): string {
  return `SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, COMMENT, ROW_COUNT FROM ${informationSchema(database)}.TABLES WHERE TABLE_SCHEMA IN (${named(schemas)}) ORDER BY TABLE_SCHEMA, TABLE_NAME`;
}

function columnsSql({ database, schemas }: Where): string {
  return `SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE, IS_NULLABLE, COMMENT FROM ${informationSchema(database)}.COLUMNS WHERE TABLE_SCHEMA IN (${named(schemas)}) ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`;
}

type Grouped = ReadonlyMap<string, readonly NamedRow[]>;

const tableKey = (schema: string, name: string) => JSON.stringify([schema, name]);

function groupByTable(rows: readonly NamedRow[], schema: string, name: string): Grouped {
  return Map.groupBy(rows, (row) => tableKey(textOf(row, schema), textOf(row, name)));
}

interface Keys {
  readonly primary: Grouped;
  readonly imported: Grouped;
}

/** A role that may not see keys still sees the tables: they come without keys then. */
async function readKeys(
  query: Query,
  { database, schemas }: Where,
  signal: AbortSignal,
): Promise<Keys> {
  const primary: NamedRow[] = [];
  const imported: NamedRow[] = [];
  const show = (what: string, schema: string) =>
    query(`SHOW ${what} KEYS IN SCHEMA ${quoteName(database, schema)}`, LARGE, signal).catch(
      (error: unknown) => {
        if (error instanceof AppError && isRefusal(error)) return [];
        throw error;
      },
    );
  for (const schema of schemas) {
    primary.push(...(await show("PRIMARY", schema)));
    imported.push(...(await show("IMPORTED", schema)));
  }
  const inOrder = (rows: NamedRow[]) =>
    rows.sort((a, b) => numberOf(a, "key_sequence") - numberOf(b, "key_sequence"));
  return {
    primary: groupByTable(inOrder(primary), "schema_name", "table_name"),
    imported: groupByTable(inOrder(imported), "fk_schema_name", "fk_table_name"),
  };
}

const isRefusal = ({ code }: AppError) => code === "query_failed" || code === "table_not_found";

function toTable(row: NamedRow, columns: Grouped, keys: Keys): TableInfo {
  const schema = textOf(row, "table_schema");
  const name = textOf(row, "table_name");
  const key = tableKey(schema, name);
  const comment = textOf(row, "comment");
  const rows = row.row_count;
  return {
    schema,
    name,
    kind: textOf(row, "table_type").includes("VIEW") ? "view" : "table",
    ...(comment && { comment }),
    columns: (columns.get(key) ?? []).map(toColumn),
    primaryKey: (keys.primary.get(key) ?? []).map((one) => textOf(one, "column_name")),
    foreignKeys: toForeignKeys(keys.imported.get(key) ?? []),
    ...(rows !== null && rows !== undefined && { estimatedRows: Number(rows) }),
  };
}

function toColumn(row: NamedRow): ColumnInfo {
  const comment = textOf(row, "comment");
  const type = textOf(row, "data_type").toLowerCase();
  const precision = row.numeric_precision;
  const exact = type === "number" && precision !== null && precision !== undefined;
  return {
    name: textOf(row, "column_name"),
    type: exact ? `number(${precision},${numberOf(row, "numeric_scale")})` : type,
    nullable: textOf(row, "is_nullable") === "YES",
    ...(comment && { comment }),
  };
}

function toForeignKeys(rows: readonly NamedRow[]): ForeignKey[] {
  return [...Map.groupBy(rows, (row) => textOf(row, "fk_name")).values()].map((parts) => ({
    columns: parts.map((part) => textOf(part, "fk_column_name")),
    references: {
      schema: textOf(parts[0], "pk_schema_name"),
      table: textOf(parts[0], "pk_table_name"),
      columns: parts.map((part) => textOf(part, "pk_column_name")),
    },
  }));
}

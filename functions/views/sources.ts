/** Sources and schemas in the contract's shapes. */
import type { z } from "zod";
import type {
  SchemaAnswer,
  SchemaQuery,
  Source,
  SourceCheckAnswer,
} from "../../shared/contract/sources.ts";
import type {
  PrivilegeFinding,
  SourceCheck,
  SourceRecord,
  SourceSchema,
  TableInfo,
} from "../../shared/sources/ports.ts";

/** Of a column's values: an index may hold thousands, which say no more of what the column is. */
const MOST_VALUES = 100;

export const toSource = (record: SourceRecord): z.input<typeof Source> => ({
  source_id: record.sourceId,
  type: record.type,
  config: record.config as Record<string, z.core.util.JSONType>,
  builtin: record.builtin,
  created_at: record.createdAt,
});

export const toSourceCheck = (
  sourceId: string,
  { ok, latencyMs, evidence }: SourceCheck,
  privileges: readonly PrivilegeFinding[],
): z.input<typeof SourceCheckAnswer> => ({
  source_id: sourceId,
  ok,
  latency_ms: latencyMs,
  evidence,
  privileges: [...privileges],
});

type Detail = z.output<typeof SchemaQuery>["detail"];

export function toSchemaAnswer(
  sourceId: string,
  schema: SourceSchema,
  detail: Detail,
): z.input<typeof SchemaAnswer> {
  return {
    source_id: sourceId,
    version: schema.version,
    tables: schema.tables.map((table) => toTable(table, detail)),
  };
}

function toTable(table: TableInfo, detail: Detail): z.input<typeof SchemaAnswer>["tables"][number] {
  const name = table.schema === "public" ? table.name : `${table.schema}.${table.name}`;
  if (detail === "names") return { name };
  const summary = {
    name,
    kind: table.kind,
    ...(table.comment !== undefined && { comment: table.comment }),
    ...(table.estimatedRows !== undefined && { estimated_rows: table.estimatedRows }),
  };
  if (detail === "summary")
    return { ...summary, columns: table.columns.map((column) => column.name) };
  return {
    ...summary,
    columns: table.columns.map((column) => ({
      name: column.name,
      type: column.type,
      nullable: column.nullable,
      ...(column.comment !== undefined && { comment: column.comment }),
      ...(column.values !== undefined && { values: column.values.slice(0, MOST_VALUES) }),
    })),
    primary_key: [...table.primaryKey],
    foreign_keys: table.foreignKeys.map((key) => ({
      columns: [...key.columns],
      references: `${key.references.table}(${key.references.columns.join(", ")})`,
    })),
  };
}

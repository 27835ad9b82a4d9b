/** The rows of policies. */
import type { ColumnType } from "kysely";
import type { ColumnRule, Mask } from "../../policy/ports.ts";

export interface PolicyRow {
  policy_id: string;
  source_id: string;
  /** Read as values, written as JSON text. */
  roles: ColumnType<string[], string, string>;
  schema_name: string;
  table_name: string;
  columns: ColumnType<ColumnRule | null, string | null, string | null>;
  row_filter: string | null;
  masks: ColumnType<Record<string, Mask>, string, string>;
  updated_at: ColumnType<Date, Date, Date>;
  updated_by: string;
}

export interface PolicyTables {
  policies: PolicyRow;
}

/** A hand-made schema for tests of the question engine that need no database. */
import type { ColumnInfo, SourceSchema, TableInfo } from "../../shared/sources/ports.ts";

const column = (name: string, type: string, more: Partial<ColumnInfo> = {}): ColumnInfo => ({
  name,
  type,
  nullable: false,
  ...more,
});
const key = (name: string, table: string) => ({
  columns: [name],
  references: { schema: "public", table, columns: ["id"] },
});
const table = (
  name: string,
  columns: readonly ColumnInfo[],
  foreignKeys: TableInfo["foreignKeys"] = [],
): TableInfo => ({
  schema: "public",
  name,
  kind: "table",
  columns: [column("id", "integer"), ...columns],
  primaryKey: ["id"],
  foreignKeys,
});

export const shopSchema: SourceSchema = {
  version: "shop-1",
  tables: [
    table("customers", [
      column("name", "text"),
      column("email", "text", { nullable: true }),
      column("region", "text", { values: ["North America", "EMEA", "APAC"] }),
      column("signed_up_at", "timestamp with time zone"),
    ]),
    table(
      "orders",
      [
        column("customer_id", "integer"),
        column("status", "text", { values: ["open", "shipped", "cancelled"] }),
        column("amount", "numeric", { comment: "Revenue in euros" }),
        column("ordered_at", "timestamp with time zone"),
        column("shipped_at", "timestamp with time zone", { nullable: true }),
      ],
      [key("customer_id", "customers")],
    ),
    table(
      "transfers",
      [
        column("from_id", "integer"),
        column("to_id", "integer"),
        column("status", "text", { values: ["open", "done"] }),
        column("made_on", "date"),
      ],
      [key("from_id", "customers"), key("to_id", "customers")],
    ),
    table("Odd Names", [column("Select", "text"), column("weight", "double precision")]),
  ],
};

/** Thursday. */
export const shopNow: number = Date.parse("2026-05-14T10:30:00Z");

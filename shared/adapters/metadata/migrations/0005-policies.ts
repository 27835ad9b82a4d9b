/** Who may read which tables, rows and columns; and what policies may ask of a key's holder. Forward only. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("api_keys")
    .addColumn("attributes", "jsonb", (column) => column.notNull().defaultTo(sql`'{}'::jsonb`))
    .execute();
  await db.schema
    .createTable("policies")
    // Byte order, so that lists come in the same order whatever the database's locale.
    .addColumn("policy_id", sql`text collate "C"`, (column) => column.primaryKey())
    .addColumn("source_id", "text", (column) => column.notNull())
    .addColumn("roles", "jsonb", (column) => column.notNull())
    .addColumn("schema_name", "text", (column) => column.notNull())
    .addColumn("table_name", "text", (column) => column.notNull())
    .addColumn("columns", "jsonb")
    .addColumn("row_filter", "text")
    .addColumn("masks", "jsonb", (column) => column.notNull())
    .addColumn("updated_at", "timestamptz", (column) => column.notNull())
    .addColumn("updated_by", "text", (column) => column.notNull())
    .execute();
}

/** What was last looked at of each source's cache misses. Forward only. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("cache_watch")
    .addColumn("source_id", sql`text collate "C"`, (column) => column.primaryKey())
    .addColumn("slot", "timestamptz", (column) => column.notNull())
    .addColumn("hits", "bigint", (column) => column.notNull())
    .addColumn("misses", "bigint", (column) => column.notNull())
    .addColumn("missing", "boolean", (column) => column.notNull())
    .addColumn("rate", "double precision")
    .addColumn("incident_open", "boolean", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .execute();
}

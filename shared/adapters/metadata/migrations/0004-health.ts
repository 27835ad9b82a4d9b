/** What is known of each watched target. Forward only. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("target_health")
    // Byte order, so that names sort as they do in memory whatever the database's locale.
    .addColumn("target", sql`text collate "C"`, (column) => column.primaryKey())
    .addColumn("state", "text", (column) =>
      column.notNull().check(sql`state in ('unknown', 'healthy', 'failing', 'unhealthy')`),
    )
    .addColumn("consecutive_failures", "integer", (column) => column.notNull())
    .addColumn("consecutive_successes", "integer", (column) => column.notNull())
    .addColumn("last_checked_at", "timestamptz", (column) => column.notNull())
    .addColumn("last_status", "text", (column) => column.notNull())
    .addColumn("evidence", "text", (column) => column.notNull())
    .addColumn("latency_ms", "double precision")
    .addColumn("last_slot", "timestamptz", (column) => column.notNull())
    .addColumn("incident_open", "boolean", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .execute();
}

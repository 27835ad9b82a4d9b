/** Query jobs: who asked what, who runs it, and where its rows are. Forward only. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("query_jobs")
    // Byte order, so that the newest is the last whatever the database's locale.
    .addColumn("job_id", sql`text collate "C"`, (column) => column.primaryKey())
    .addColumn("principal", "text", (column) => column.notNull())
    .addColumn("source_id", "text", (column) => column.notNull())
    .addColumn("request", "text", (column) => column.notNull())
    .addColumn("sql", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) =>
      column
        .notNull()
        .check(sql`state in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired')`),
    )
    .addColumn("attempts", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("leased_until", "timestamptz")
    .addColumn("due_at", "timestamptz", (column) => column.notNull())
    .addColumn("rows", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("bytes", "bigint", (column) => column.notNull().defaultTo(0))
    .addColumn("result", "jsonb")
    .addColumn("failure", "jsonb")
    .addColumn("created_at", "timestamptz", (column) => column.notNull())
    .addColumn("started_at", "timestamptz")
    .addColumn("finished_at", "timestamptz")
    .addColumn("expires_at", "timestamptz")
    .addColumn("emptied", "boolean", (column) => column.notNull().defaultTo(false))
    .execute();
  await db.schema
    .createIndex("query_jobs_principal")
    .on("query_jobs")
    .columns(["principal", "job_id"])
    .execute();
  // What the sweep looks at each minute is what is not over: few rows of many.
  await db.schema
    .createIndex("query_jobs_open")
    .on("query_jobs")
    .columns(["state", "due_at"])
    .where(sql.ref("emptied"), "=", sql.lit(false))
    .execute();
}

/**
 * Which registered model asked: in the query log, and in cache counters of its own. A table beside the counters of all,
 * since instances of the release before go on adding to those by their old key. Forward only.
 */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("query_log")
    .addColumn("model_id", sql`text collate "C"`)
    .addColumn("model_version", "integer")
    .execute();
  await db.schema
    .createTable("cache_model_counters")
    .addColumn("day", "text", (column) => column.notNull())
    .addColumn("model_id", sql`text collate "C"`, (column) => column.notNull())
    .addColumn("source_id", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("count", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("cache_model_counters_pkey", ["day", "model_id", "source_id", "event"])
    .execute();
}

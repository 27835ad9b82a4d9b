/** Data sources, verified examples, the query log, cache counters and epochs. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("sources")
    .addColumn("source_id", "text", (c) => c.primaryKey())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("config", "jsonb", (c) => c.notNull())
    .addColumn("credentials", "text", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .addColumn("created_by", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("query_examples")
    .addColumn("example_id", "text", (c) => c.primaryKey())
    .addColumn("source_id", "text", (c) => c.notNull())
    .addColumn("question", "text", (c) => c.notNull())
    .addColumn("question_key", "text", (c) => c.notNull())
    .addColumn("sql", "text", (c) => c.notNull())
    .addColumn("slots", "jsonb", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .addColumn("created_by", "text", (c) => c.notNull())
    .addUniqueConstraint("query_examples_question", ["source_id", "question_key"])
    .execute();
  await db.schema
    .createTable("query_log")
    .addColumn("query_id", "text", (c) => c.primaryKey())
    .addColumn("at", "timestamptz", (c) => c.notNull())
    .addColumn("principal", "text", (c) => c.notNull())
    .addColumn("source_id", "text", (c) => c.notNull())
    .addColumn("question", "text")
    .addColumn("sql", "text")
    .addColumn("outcome", "text", (c) => c.notNull())
    .addColumn("provenance", "text")
    .addColumn("cache_status", "text")
    .addColumn("row_count", "integer")
    .addColumn("duration_ms", "double precision", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("cache_counters")
    .addColumn("day", "text", (c) => c.notNull())
    .addColumn("source_id", "text", (c) => c.notNull())
    .addColumn("event", "text", (c) => c.notNull())
    .addColumn("count", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("cache_counters_pkey", ["day", "source_id", "event"])
    .execute();
  await db.schema
    .createTable("cache_epochs")
    .addColumn("source_id", "text", (c) => c.notNull())
    .addColumn("scope", "text", (c) => c.notNull())
    .addColumn("epoch", "bigint", (c) => c.notNull())
    .addPrimaryKeyConstraint("cache_epochs_pkey", ["source_id", "scope"])
    .execute();
}

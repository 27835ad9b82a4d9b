/** What an example was verified against, what people said of answers, and the parameters of answered questions. Forward only. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  // Nothing here is obligatory: the release before writes examples and the query log without them.
  await db.schema
    .alterTable("query_examples")
    .addColumn("masked_question", "text")
    .addColumn("canonical_sql", "text")
    .addColumn("reads", "jsonb")
    .addColumn("schema_version", "text")
    .addColumn("verified_at", "timestamptz")
    .addColumn("verified_by", "text")
    .execute();
  await db.schema.alterTable("query_log").addColumn("params", "jsonb").execute();
  await db.schema
    .createTable("query_feedback")
    .addColumn("query_id", "text", (column) => column.notNull())
    .addColumn("principal", "text", (column) => column.notNull())
    .addColumn("source_id", "text", (column) => column.notNull())
    .addColumn("question_key", "text", (column) => column.notNull())
    .addColumn("correct", "boolean", (column) => column.notNull())
    .addColumn("rejected_sql", "text")
    .addColumn("for_all", "boolean", (column) => column.notNull())
    .addColumn("correction", "text")
    .addColumn("example_id", "text")
    .addColumn("at", "timestamptz", (column) => column.notNull())
    .addPrimaryKeyConstraint("query_feedback_pkey", ["query_id", "principal"])
    .execute();
  await db.schema
    .createIndex("query_feedback_source")
    .on("query_feedback")
    .columns(["source_id", "question_key"])
    .execute();
}

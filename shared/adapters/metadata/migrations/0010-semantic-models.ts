/** The semantic models of sources: immutable versions, and which one is in force. Forward only. */
import type { Kysely } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("semantic_model_versions")
    .addColumn("source_id", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("digest", "text", (c) => c.notNull())
    .addColumn("model", "jsonb", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .addColumn("created_by", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("semantic_model_versions_pkey", ["source_id", "version"])
    .addUniqueConstraint("semantic_model_versions_digest", ["source_id", "digest"])
    .execute();
  await db.schema
    .createTable("semantic_models")
    .addColumn("source_id", "text", (c) => c.primaryKey())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("updated_at", "timestamptz", (c) => c.notNull())
    .addColumn("updated_by", "text", (c) => c.notNull())
    .execute();
}

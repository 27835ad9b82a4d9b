/** Models with their ledger, and API keys. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("models")
    .addColumn("model_id", "text", (c) => c.primaryKey())
    .addColumn("description", "text")
    .addColumn("status", "text", (c) => c.notNull().check(sql`status in ('active', 'retired')`))
    .addColumn("revision", "integer", (c) => c.notNull().defaultTo(1))
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .addColumn("updated_at", "timestamptz", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("model_versions")
    .addColumn("model_id", "text", (c) => c.notNull().references("models.model_id"))
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("digest", "text", (c) => c.notNull())
    .addColumn("config", "jsonb", (c) => c.notNull())
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .addColumn("created_by", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("model_versions_pkey", ["model_id", "version"])
    .addUniqueConstraint("model_versions_digest", ["model_id", "digest"])
    .execute();
  await db.schema
    .createTable("model_events")
    .addColumn("model_id", "text", (c) => c.notNull().references("models.model_id"))
    .addColumn("sequence", "integer", (c) => c.notNull())
    .addColumn("event", "text", (c) => c.notNull())
    .addColumn("at", "timestamptz", (c) => c.notNull())
    .addColumn("by", "text", (c) => c.notNull())
    .addColumn("version", "integer")
    .addColumn("label", "text")
    .addColumn("previous_version", "integer")
    .addColumn("reason", "text")
    .addPrimaryKeyConstraint("model_events_pkey", ["model_id", "sequence"])
    .execute();
  await db.schema
    .createTable("api_keys")
    .addColumn("key_id", "text", (c) => c.primaryKey())
    .addColumn("hash", "text", (c) => c.notNull().unique())
    .addColumn("owner", "text", (c) => c.notNull())
    .addColumn("hint", "text", (c) => c.notNull())
    .addColumn("permissions", "jsonb", (c) => c.notNull())
    .addColumn("roles", "jsonb", (c) => c.notNull())
    .addColumn("sources", "jsonb")
    .addColumn("created_at", "timestamptz", (c) => c.notNull())
    .addColumn("expires_at", "timestamptz")
    .addColumn("revoked_at", "timestamptz")
    .addColumn("last_used_at", "timestamptz")
    .addColumn("usage_count", "bigint", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable("idempotency")
    .addColumn("key", "text", (c) => c.primaryKey())
    .addColumn("request_digest", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("reply", "jsonb")
    .addColumn("claimed_at", "timestamptz", (c) => c.notNull())
    .execute();
}

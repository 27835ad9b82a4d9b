/** Incidents, their deliveries (the outbox) and the messages that nothing could handle. Forward only. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await createIncidents(db);
  await createDeliveries(db);
  await createDeadLetters(db);
}

async function createIncidents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("incidents")
    .addColumn("incident_id", "text", (column) => column.primaryKey())
    .addColumn("dedup_key", "text", (column) => column.notNull())
    .addColumn("rule", "text", (column) => column.notNull())
    .addColumn("severity", "text", (column) => column.notNull())
    .addColumn("summary", "text", (column) => column.notNull())
    .addColumn("evidence", "jsonb", (column) => column.notNull())
    .addColumn("state", "text", (column) =>
      column.notNull().check(sql`state in ('open', 'resolved')`),
    )
    .addColumn("opened_at", "timestamptz", (column) => column.notNull())
    .addColumn("resolved_at", "timestamptz")
    .addColumn("notified_at", "timestamptz")
    .execute();
  // What makes an incident one, whoever and how many report it.
  await db.schema
    .createIndex("incidents_open_key")
    .on("incidents")
    .unique()
    .column("dedup_key")
    .where(sql.ref("state"), "=", sql.lit("open"))
    .execute();
  await db.schema
    .createIndex("incidents_key_notified")
    .on("incidents")
    .columns(["dedup_key", "notified_at"])
    .execute();
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("alert_deliveries")
    .addColumn("delivery_id", "text", (column) => column.primaryKey())
    .addColumn("incident_id", "text", (column) =>
      column.notNull().references("incidents.incident_id").onDelete("cascade"),
    )
    .addColumn("event", "text", (column) =>
      column.notNull().check(sql`event in ('opened', 'resolved')`),
    )
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) =>
      column.notNull().check(sql`state in ('pending', 'sent', 'dead', 'suppressed')`),
    )
    .addColumn("attempts", "jsonb", (column) => column.notNull())
    .addColumn("reason", "text")
    .addColumn("due_at", "timestamptz", (column) => column.notNull())
    .addColumn("claim", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("leased_until", "timestamptz")
    .execute();
  await db.schema
    .createIndex("alert_deliveries_incident")
    .on("alert_deliveries")
    .column("incident_id")
    .execute();
  await db.schema
    .createIndex("alert_deliveries_due")
    .on("alert_deliveries")
    .column("due_at")
    .where(sql.ref("state"), "=", sql.lit("pending"))
    .execute();
}

async function createDeadLetters(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("dead_letters")
    .addColumn("queue", "text", (column) => column.notNull())
    .addColumn("message_id", "text", (column) => column.notNull())
    .addColumn("body", "text", (column) => column.notNull())
    .addColumn("reason", "text", (column) => column.notNull())
    .addColumn("at", "timestamptz", (column) => column.notNull())
    .addPrimaryKeyConstraint("dead_letters_pkey", ["queue", "message_id"])
    .execute();
}

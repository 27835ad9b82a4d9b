/** Incidents and their outbox in PostgreSQL: a partial unique index makes one open incident per key, row locks the rest. */
import { type Insertable, type Kysely, type Selectable, sql, type Transaction } from "kysely";
import { nextCondition } from "../../alerts/incident-state.ts";
import { isRepeatDue, openingDueAt, planResolve } from "../../alerts/notice-plan.ts";
import type {
  ChannelName,
  Delivery,
  DeliveryEvent,
  IncidentStore,
  NewIncident,
  NoticeIntervals,
} from "../../alerts/ports.ts";
import { newId } from "../../kernel/ids.ts";
import type { AlertTables, IncidentRow } from "./alerts-tables.ts";
import { createDeliveryMethods } from "./delivery-store.ts";
import { deliveryOf, incidentOf, letterOf } from "./incident-rows.ts";

type Tx = Transaction<AlertTables>;
type Stored = Selectable<IncidentRow>;

/** Works at READ COMMITTED, on PostgreSQL 12 or later and on PGlite. */
export function createIncidentStore(db: Kysely<AlertTables>): IncidentStore {
  return { ...createIncidentMethods(db), ...createDeliveryMethods(db), ...createLetterMethods(db) };
}

function createIncidentMethods(
  db: Kysely<AlertTables>,
): Pick<IncidentStore, "open" | "resolve" | "list"> {
  return {
    open: (input, channels, now, intervals) =>
      db.transaction().execute(async (tx) => {
        const begun = await beginIncident(tx, input, now, intervals);
        const notice = begun ?? (await repeatNotice(tx, input.dedupKey, now, intervals));
        if (notice === null) return null;
        const deliveries = await addDeliveries(
          tx,
          notice.row.incident_id,
          "opened",
          channels,
          now,
          notice.dueAt,
        );
        return { incident: incidentOf(notice.row), deliveries };
      }),
    resolve: (dedupKey, now) => db.transaction().execute((tx) => resolveOne(tx, dedupKey, now)),
    async list({ state, limit, before }) {
      let query = db
        .selectFrom("incidents")
        .selectAll()
        .orderBy("incident_id", "desc")
        .limit(limit);
      if (state !== undefined) query = query.where("state", "=", state);
      if (before !== undefined) query = query.where("incident_id", "<", before);
      const rows = await query.execute();
      if (rows.length === 0) return [];
      const ids = rows.map((row) => row.incident_id);
      const found = await db
        .selectFrom("alert_deliveries")
        .selectAll()
        .where("incident_id", "in", ids)
        .orderBy("delivery_id")
        .execute();
      const deliveries = Map.groupBy(found.map(deliveryOf), (one) => one.incidentId);
      return rows.map((row) => ({
        incident: incidentOf(row),
        deliveries: deliveries.get(row.incident_id) ?? [],
      }));
    },
  };
}

interface Notice {
  readonly row: Stored;
  readonly dueAt: number;
}

/** The index decides between many at once: a loser waits for the winner's commit and then inserts nothing. */
async function beginIncident(
  tx: Tx,
  input: NewIncident,
  now: number,
  intervals: NoticeIntervals,
): Promise<Notice | null> {
  const row = await tx
    .insertInto("incidents")
    .values({
      incident_id: newId("inc", now),
      dedup_key: input.dedupKey,
      rule: input.rule,
      severity: input.severity,
      summary: input.summary,
      evidence: JSON.stringify(input.evidence),
      state: "open",
      opened_at: new Date(now),
      resolved_at: null,
      notified_at: null,
    })
    .onConflict((conflict) =>
      conflict.column("dedup_key").where("state", "=", sql.lit("open")).doNothing(),
    )
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return null;
  const last = await tx
    .selectFrom("incidents")
    .select(({ fn }) => fn.max("notified_at").as("at"))
    .where("dedup_key", "=", input.dedupKey)
    .executeTakeFirst();
  const dueAt = openingDueAt(last?.at?.getTime() ?? null, now, intervals);
  await noteNotice(tx, row.incident_id, dueAt);
  return { row, dueAt };
}

async function repeatNotice(
  tx: Tx,
  dedupKey: string,
  now: number,
  intervals: NoticeIntervals,
): Promise<Notice | null> {
  const row = await lockOpen(tx, dedupKey);
  if (row === undefined) return null;
  const isDue = isRepeatDue(row.notified_at?.getTime() ?? null, now, intervals);
  if (nextCondition(row.state, isDue ? "fired-after-repeat-interval" : "fired").notice === null)
    return null;
  await noteNotice(tx, row.incident_id, now);
  return { row, dueAt: now };
}

async function resolveOne(tx: Tx, dedupKey: string, now: number) {
  const open = await lockOpen(tx, dedupKey);
  if (open === undefined) return null;
  const rows = await tx
    .selectFrom("alert_deliveries")
    .selectAll()
    .where("incident_id", "=", open.incident_id)
    .forUpdate()
    .execute();
  const plan = planResolve(rows.map(deliveryOf), now);
  const row = await tx
    .updateTable("incidents")
    .set({ state: "resolved", resolved_at: new Date(now) })
    .where("incident_id", "=", open.incident_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (plan.suppress.length > 0) {
    const change = { state: "suppressed", reason: "ended before it was due" } as const;
    await tx
      .updateTable("alert_deliveries")
      .set(change)
      .where("delivery_id", "in", plan.suppress)
      .execute();
    await noteNotice(tx, open.incident_id, null);
  }
  const deliveries = await addDeliveries(tx, row.incident_id, "resolved", plan.tell, now, now);
  return { incident: incidentOf(row), deliveries };
}

function lockOpen(tx: Tx, dedupKey: string): Promise<Stored | undefined> {
  return tx
    .selectFrom("incidents")
    .selectAll()
    .where("dedup_key", "=", dedupKey)
    .where("state", "=", "open")
    .forUpdate()
    .executeTakeFirst();
}

async function noteNotice(tx: Tx, incidentId: string, at: number | null): Promise<void> {
  const notified_at = at === null ? null : new Date(at);
  await tx
    .updateTable("incidents")
    .set({ notified_at })
    .where("incident_id", "=", incidentId)
    .execute();
}

async function addDeliveries(
  tx: Tx,
  incidentId: string,
  event: DeliveryEvent,
  channels: readonly ChannelName[],
  now: number,
  dueAt: number,
): Promise<Delivery[]> {
  if (channels.length === 0) return [];
  const rows = channels.map(
    (channel): Insertable<AlertTables["alert_deliveries"]> => ({
      delivery_id: newId("dlv", now),
      incident_id: incidentId,
      event,
      channel,
      state: "pending",
      attempts: JSON.stringify([]),
      reason: null,
      due_at: new Date(dueAt),
      claim: 0,
      leased_until: null,
    }),
  );
  return (await tx.insertInto("alert_deliveries").values(rows).returningAll().execute()).map(
    deliveryOf,
  );
}

function createLetterMethods(
  db: Kysely<AlertTables>,
): Pick<IncidentStore, "recordDeadLetter" | "deadLetters"> {
  return {
    async recordDeadLetter({ queue, messageId, body, reason, at }) {
      const row = { queue, message_id: messageId, body, reason, at: new Date(at) };
      await db
        .insertInto("dead_letters")
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },
    async deadLetters(limit) {
      return (
        await db.selectFrom("dead_letters").selectAll().orderBy("at", "desc").limit(limit).execute()
      ).map(letterOf);
    },
  };
}

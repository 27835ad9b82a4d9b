/** The outbox's rows in PostgreSQL: claims, attempts and what was left behind. */
import { type Kysely, sql, type Transaction } from "kysely";
import { nextDeliveryState } from "../../alerts/delivery-state.ts";
import { type ClaimView, judgeClaim } from "../../alerts/notice-plan.ts";
import type { AttemptRecord, IncidentStore } from "../../alerts/ports.ts";
import type { AlertTables } from "./alerts-tables.ts";
import { deliveryOf, incidentOf } from "./incident-rows.ts";

type Tx = Transaction<AlertTables>;
type DeliveryMethods = Pick<
  IncidentStore,
  "claim" | "recordAttempt" | "kill" | "markEnqueued" | "stranded"
>;

export function createDeliveryMethods(db: Kysely<AlertTables>): DeliveryMethods {
  return {
    claim: (deliveryId, now, leaseMs) =>
      db.transaction().execute(async (tx) => {
        const { result, postponeTo } = judgeClaim(await lockForClaim(tx, deliveryId), now);
        if (postponeTo !== null)
          await setDelivery(tx, deliveryId, { due_at: new Date(postponeTo) });
        if (result.kind === "claimed")
          await setDelivery(tx, deliveryId, {
            claim: result.claim,
            leased_until: new Date(now + leaseMs),
          });
        return result;
      }),
    recordAttempt: (deliveryId, record) =>
      db.transaction().execute((tx) => recordOne(tx, deliveryId, record)),
    async kill(deliveryId, reason) {
      const result = await db
        .updateTable("alert_deliveries")
        .set({ state: nextDeliveryState("pending", "failed"), reason })
        .where("delivery_id", "=", deliveryId)
        .where("state", "=", "pending")
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
    async markEnqueued(deliveryIds, dueAt) {
      if (deliveryIds.length === 0) return;
      await db
        .updateTable("alert_deliveries")
        .set({ due_at: new Date(dueAt) })
        .where("delivery_id", "in", deliveryIds)
        .where("state", "=", "pending")
        .execute();
    },
    async stranded(before, limit) {
      const rows = await db
        .selectFrom("alert_deliveries")
        .selectAll()
        .where("state", "=", "pending")
        .where("due_at", "<", new Date(before))
        .orderBy("due_at")
        .limit(limit)
        .execute();
      return rows.map(deliveryOf);
    },
  };
}

async function lockForClaim(tx: Tx, deliveryId: string): Promise<ClaimView | null> {
  const row = await tx
    .selectFrom("alert_deliveries")
    .selectAll()
    .where("delivery_id", "=", deliveryId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return null;
  const incident = await tx
    .selectFrom("incidents")
    .selectAll()
    .where("incident_id", "=", row.incident_id)
    .executeTakeFirstOrThrow();
  const opening = await tx
    .selectFrom("alert_deliveries")
    .select(({ fn }) => fn.max("due_at").as("due_at"))
    .where("incident_id", "=", row.incident_id)
    .where("channel", "=", row.channel)
    .where("event", "=", "opened")
    .where("state", "=", "pending")
    .where("delivery_id", "<>", deliveryId)
    .executeTakeFirst();
  return {
    incident: incidentOf(incident),
    delivery: deliveryOf(row),
    claim: row.claim,
    leasedUntil: row.leased_until?.getTime() ?? null,
    openingDueAt: opening?.due_at?.getTime() ?? null,
  };
}

async function recordOne(
  tx: Tx,
  deliveryId: string,
  { claim, attempt, event, reason, dueAt }: AttemptRecord,
): Promise<boolean> {
  const row = await tx
    .selectFrom("alert_deliveries")
    .select(["state", "claim", "due_at"])
    .where("delivery_id", "=", deliveryId)
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined || row.state !== "pending") return false;
  if (row.claim !== claim && event !== "sent") return false;
  await tx
    .updateTable("alert_deliveries")
    .set({
      attempts: sql`attempts || ${JSON.stringify([attempt])}::jsonb`,
      state: nextDeliveryState(row.state, event),
      reason,
      due_at: event === "retried" ? new Date(dueAt) : row.due_at,
      leased_until: null,
    })
    .where("delivery_id", "=", deliveryId)
    .execute();
  return true;
}

interface DeliveryPatch {
  readonly due_at?: Date;
  readonly claim?: number;
  readonly leased_until?: Date;
}

async function setDelivery(tx: Tx, deliveryId: string, patch: DeliveryPatch): Promise<void> {
  await tx
    .updateTable("alert_deliveries")
    .set(patch)
    .where("delivery_id", "=", deliveryId)
    .execute();
}

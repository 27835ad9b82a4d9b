/** Between rows and the nouns of the alerts room. */
import type { Selectable } from "kysely";
import type { DeadLetter, Delivery, Incident } from "../../alerts/ports.ts";
import type { AlertDeliveryRow, DeadLetterRow, IncidentRow } from "./alerts-tables.ts";

export function incidentOf(row: Selectable<IncidentRow>): Incident {
  return {
    incidentId: row.incident_id,
    dedupKey: row.dedup_key,
    rule: row.rule,
    severity: row.severity,
    summary: row.summary,
    evidence: row.evidence,
    state: row.state,
    openedAt: row.opened_at.toISOString(),
    resolvedAt: row.resolved_at?.toISOString() ?? null,
  };
}

export function deliveryOf(row: Selectable<AlertDeliveryRow>): Delivery {
  return {
    deliveryId: row.delivery_id,
    incidentId: row.incident_id,
    event: row.event,
    channel: row.channel,
    state: row.state,
    attempts: row.attempts,
    reason: row.reason,
    dueAt: row.due_at.toISOString(),
  };
}

export function letterOf(row: Selectable<DeadLetterRow>): DeadLetter {
  return {
    queue: row.queue,
    messageId: row.message_id,
    body: row.body,
    reason: row.reason,
    at: row.at.toISOString(),
  };
}

/** Incidents and poison messages in the contract's shapes. */
import * as z from "zod";
import type { DeadLetter, IncidentWithDeliveries } from "../../shared/alerts/ports.ts";
import type { PoisonLetter } from "../../shared/alerts/record-dead-letter.ts";
import type { DeadLetterItem, IncidentItem } from "../../shared/contract/alerts.ts";
import type { QueueMeta } from "../../shared/http/definition.ts";
import { messageText } from "../../shared/http/serve-queue.ts";

export const toIncident = ({
  incident,
  deliveries,
}: IncidentWithDeliveries): z.input<typeof IncidentItem> => ({
  incident_id: incident.incidentId,
  dedup_key: incident.dedupKey,
  rule: incident.rule,
  severity: incident.severity,
  summary: incident.summary,
  evidence: { ...incident.evidence },
  state: incident.state,
  opened_at: incident.openedAt,
  resolved_at: incident.resolvedAt,
  deliveries: deliveries.map((delivery) => ({
    delivery_id: delivery.deliveryId,
    event: delivery.event,
    channel: delivery.channel,
    state: delivery.state,
    attempts: [...delivery.attempts],
    reason: delivery.reason,
  })),
});

export const toDeadLetter = (letter: DeadLetter): z.input<typeof DeadLetterItem> => ({
  queue: letter.queue,
  message_id: letter.messageId,
  body: letter.body,
  reason: letter.reason,
  at: letter.at,
});

/** Ours come in an envelope with the reason; the host's come as they were, after too many failures. */
export function toPoisonLetter(queue: string, message: unknown, meta: QueueMeta): PoisonLetter {
  const envelope = Envelope.safeParse(message);
  if (!envelope.success)
    return {
      queue,
      messageId: meta.messageId,
      body: messageText(message),
      reason: "the handler failed every time it was tried",
    };
  const { dead_letter: letter, message: original } = envelope.data;
  return {
    queue,
    messageId: letter.message_id,
    body: original,
    reason: letter.reason,
  };
}

/** Anyone who may write to the queue can write something that is nearly one. */
const Envelope = z.object({
  dead_letter: z.object({ message_id: z.string(), reason: z.string() }),
  message: z.string(),
});

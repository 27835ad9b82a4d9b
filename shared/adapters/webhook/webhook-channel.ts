/** A webhook of the user's own, signed so that the receiver can tell who sent it, when, and that it is unchanged. */
import { type HttpChannelDeps, postNotice } from "../../alerts/http-outcome.ts";
import type { AlertChannel, Notification } from "../../alerts/ports.ts";
import { signWebhook } from "../../alerts/webhook-signature.ts";

export interface WebhookConfig {
  readonly url: string;
  /** Shared with the receiver. */
  readonly secret: string;
}

export function createWebhookChannel(config: WebhookConfig, deps: HttpChannelDeps): AlertChannel {
  return {
    name: "webhook",
    send(notification, signal) {
      const body = webhookBody(notification);
      // Signed anew at each attempt: a late one must not look like a replay.
      const timestamp = String(Math.floor(deps.clock.now() / 1000));
      const headers = {
        "x-mcp-timestamp": timestamp,
        "x-mcp-signature": signWebhook(config.secret, timestamp, body),
        "idempotency-key": notification.idempotencyKey,
      };
      return postNotice(deps, { url: config.url, headers, body }, signal);
    },
  };
}

function webhookBody({ event, incident, dedupKey, idempotencyKey }: Notification): string {
  return JSON.stringify({
    type: `incident.${event}`,
    delivery_id: idempotencyKey,
    incident: {
      incident_id: incident.incidentId,
      dedup_key: dedupKey,
      rule: incident.rule,
      severity: incident.severity,
      summary: incident.summary,
      evidence: incident.evidence,
      state: incident.state,
      opened_at: incident.openedAt,
      resolved_at: incident.resolvedAt,
    },
  });
}

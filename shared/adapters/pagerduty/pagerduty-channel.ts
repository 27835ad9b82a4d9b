/** PagerDuty by its Events API v2: a trigger opens an incident, a resolve with the same dedup_key ends it. */
import { type HttpChannelDeps, postNotice } from "../../alerts/http-outcome.ts";
import { renderMessage } from "../../alerts/message.ts";
import type { AlertChannel, Notification } from "../../alerts/ports.ts";

const PUBLIC_URL = "https://events.pagerduty.com";

export interface PagerDutyConfig {
  /** The integration key of the service. */
  readonly routingKey: string;
  /** The EU region or a test; the public service without it. */
  readonly baseUrl?: string | undefined;
  /** What PagerDuty shows as the affected system. */
  readonly source: string;
}

export function createPagerDutyChannel(
  config: PagerDutyConfig,
  deps: HttpChannelDeps,
): AlertChannel {
  const url = `${(config.baseUrl ?? PUBLIC_URL).replace(/\/+$/, "")}/v2/enqueue`;
  return {
    name: "pagerduty",
    send: (notification, signal) =>
      postNotice(deps, { url, body: pagerDutyBody(config, notification) }, signal),
  };
}

function pagerDutyBody(
  { routingKey, source }: PagerDutyConfig,
  notification: Notification,
): string {
  const { event, incident, dedupKey } = notification;
  if (event === "resolved") {
    return JSON.stringify({
      routing_key: routingKey,
      event_action: "resolve",
      dedup_key: dedupKey,
    });
  }
  const { summary, facts } = renderMessage(notification);
  return JSON.stringify({
    routing_key: routingKey,
    event_action: "trigger",
    dedup_key: dedupKey,
    payload: {
      summary,
      source,
      severity: incident.severity,
      timestamp: incident.openedAt,
      class: incident.rule,
      custom_details: Object.fromEntries(facts.map(({ label, value }) => [label, value])),
    },
  });
}

/** Alerting from end to end: the store, the queue between, and the channels the configuration names. */
import { createConsoleChannel } from "./adapters/console/console-channel.ts";
import { createPagerDutyChannel } from "./adapters/pagerduty/pagerduty-channel.ts";
import { createSlackChannel } from "./adapters/slack/slack-channel.ts";
import { createSmtpChannel } from "./adapters/smtp/smtp-channel.ts";
import type { CheckedQueueSender } from "./adapters/storage-queue/queue-sender.ts";
import { createTeamsChannel } from "./adapters/teams/teams-channel.ts";
import { createWebhookChannel } from "./adapters/webhook/webhook-channel.ts";
import { openIncident } from "./alerts/open-incident.ts";
import type { AlertChannel, DeliveryQueue, IncidentStore, NewIncident } from "./alerts/ports.ts";
import { resolveIncident } from "./alerts/resolve-incident.ts";
import type { Config } from "./config.ts";
import { DISPATCH_QUEUE } from "./contract/alerts.ts";
import type { Clock } from "./kernel/clock.ts";
import type { CallContext } from "./kernel/context.ts";
import type { Logger } from "./kernel/logger.ts";
import type { OutboundHttp } from "./outbound/ports.ts";

export interface AlertingOptions {
  readonly config: Config;
  readonly incidents: IncidentStore;
  readonly queueSender: CheckedQueueSender;
  readonly outbound: OutboundHttp;
  readonly clock: Clock;
  readonly log: Logger;
}

export function composeAlerting(options: AlertingOptions) {
  const { incidents, queueSender, clock } = options;
  const queue: DeliveryQueue = {
    enqueue: (deliveryId, afterSeconds, signal) =>
      queueSender.send(
        DISPATCH_QUEUE,
        JSON.stringify({ delivery_id: deliveryId }),
        afterSeconds,
        signal,
      ),
  };
  const channels = composeChannels(options.config, options);
  const channelNames = channels.map((channel) => channel.name);
  const deps = { incidents, queue, clock, channelNames };
  return {
    ...deps,
    channels,
    queueSender,
    random: Math.random,
    openIncident: (incident: NewIncident, ctx: CallContext) => openIncident(deps, incident, ctx),
    resolveIncident: (dedupKey: string, ctx: CallContext) => resolveIncident(deps, dedupKey, ctx),
  };
}

type ChannelDeps = Pick<AlertingOptions, "outbound" | "clock" | "log">;

/** On a laptop that names no channel, the console. */
function composeChannels(config: Config, deps: ChannelDeps): readonly AlertChannel[] {
  const channels = [
    config.SMTP_URL && config.ALERT_EMAIL_FROM
      ? createSmtpChannel({
          ...mailServer(config.SMTP_URL),
          from: config.ALERT_EMAIL_FROM,
          to: config.ALERT_EMAIL_TO,
        })
      : null,
    config.ALERT_SLACK_WEBHOOK_URL
      ? createSlackChannel({ webhookUrl: config.ALERT_SLACK_WEBHOOK_URL }, deps)
      : null,
    config.ALERT_TEAMS_WEBHOOK_URL
      ? createTeamsChannel({ webhookUrl: config.ALERT_TEAMS_WEBHOOK_URL }, deps)
      : null,
    config.ALERT_PAGERDUTY_ROUTING_KEY
      ? createPagerDutyChannel(
          {
            routingKey: config.ALERT_PAGERDUTY_ROUTING_KEY,
            baseUrl: config.ALERT_PAGERDUTY_URL,
            source: "mcp-platform",
          },
          deps,
        )
      : null,
    config.ALERT_WEBHOOK_URL && config.ALERT_WEBHOOK_SECRET
      ? createWebhookChannel(
          { url: config.ALERT_WEBHOOK_URL, secret: config.ALERT_WEBHOOK_SECRET },
          deps,
        )
      : null,
  ].filter((channel) => channel !== null);
  return channels.length > 0 ? channels : [createConsoleChannel(deps)];
}

const SUBMISSION_PORT = 587;
const SMTPS_PORT = 465;

/** A server on this machine may do without TLS; any other must speak it. */
function mailServer(text: string) {
  const url = new URL(text);
  const secure = url.protocol === "smtps:";
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (secure ? SMTPS_PORT : SUBMISSION_PORT) : Number(url.port),
    secure,
    requireTls: !secure && !local,
    user: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
  };
}

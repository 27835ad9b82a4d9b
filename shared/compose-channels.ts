/** The alert channels that the configuration names; on a laptop without any, the console. */
import { createConsoleChannel } from "./adapters/console/console-channel.ts";
import { createPagerDutyChannel } from "./adapters/pagerduty/pagerduty-channel.ts";
import { createSlackChannel } from "./adapters/slack/slack-channel.ts";
import { createSmtpChannel } from "./adapters/smtp/smtp-channel.ts";
import { createTeamsChannel } from "./adapters/teams/teams-channel.ts";
import { createWebhookChannel } from "./adapters/webhook/webhook-channel.ts";
import type { AlertChannel } from "./alerts/ports.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Logger } from "./kernel/logger.ts";
import type { OutboundHttp } from "./outbound/ports.ts";

export function composeChannels(
  config: Config,
  deps: { outbound: OutboundHttp; clock: Clock; log: Logger },
): readonly AlertChannel[] {
  const channels: AlertChannel[] = [];
  if (config.SMTP_URL && config.ALERT_EMAIL_FROM)
    channels.push(
      createSmtpChannel({
        ...mailServer(config.SMTP_URL),
        from: config.ALERT_EMAIL_FROM,
        to: config.ALERT_EMAIL_TO,
      }),
    );
  if (config.ALERT_SLACK_WEBHOOK_URL)
    channels.push(createSlackChannel({ webhookUrl: config.ALERT_SLACK_WEBHOOK_URL }, deps));
  if (config.ALERT_TEAMS_WEBHOOK_URL)
    channels.push(createTeamsChannel({ webhookUrl: config.ALERT_TEAMS_WEBHOOK_URL }, deps));
  if (config.ALERT_PAGERDUTY_ROUTING_KEY) {
    channels.push(
      createPagerDutyChannel(
        {
          routingKey: config.ALERT_PAGERDUTY_ROUTING_KEY,
          baseUrl: config.ALERT_PAGERDUTY_URL,
          source: "mcp-platform",
        },
        deps,
      ),
    );
  }
  if (config.ALERT_WEBHOOK_URL && config.ALERT_WEBHOOK_SECRET)
    channels.push(
      createWebhookChannel(
        { url: config.ALERT_WEBHOOK_URL, secret: config.ALERT_WEBHOOK_SECRET },
        deps,
      ),
    );
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
    host: url.hostname,
    port: url.port === "" ? (secure ? SMTPS_PORT : SUBMISSION_PORT) : Number(url.port),
    secure,
    requireTls: !secure && !local,
    user: url.username === "" ? undefined : decodeURIComponent(url.username),
    password: url.password === "" ? undefined : decodeURIComponent(url.password),
  };
}

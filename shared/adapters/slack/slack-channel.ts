/** Slack by incoming webhook. */
import { type HttpChannelDeps, postNotice } from "../../alerts/http-outcome.ts";
import { renderMessage } from "../../alerts/message.ts";
import type { AlertChannel, Notification } from "../../alerts/ports.ts";
import { escapeSlack } from "../../alerts/text.ts";

export interface SlackConfig {
  /** A secret: whoever has it can write to the channel. */
  readonly webhookUrl: string;
}

export function createSlackChannel(config: SlackConfig, deps: HttpChannelDeps): AlertChannel {
  return {
    name: "slack",
    send: (notification, signal) =>
      postNotice(deps, { url: config.webhookUrl, body: slackBody(notification) }, signal),
  };
}

/** Everything that came from outside is in `plain_text` objects, where Slack reads no formatting at all. */
function slackBody(notification: Notification): string {
  const { title, summary, facts } = renderMessage(notification);
  // A block holds 3000 characters, an escaped one is five at worst: hence one block for each line, and 500 of the summary.
  const lines = facts.map(({ label, value }) => plain(`${label}: ${value}`));
  return JSON.stringify({
    text: escapeSlack(title),
    mrkdwn: false,
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: "section", text: plain(title) },
      { type: "section", text: plain(summary.slice(0, 500)) },
      ...lines.map((text) => ({ type: "context", elements: [text] })),
    ],
  });
}

const plain = (text: string) => ({ type: "plain_text", text: escapeSlack(text), emoji: false });

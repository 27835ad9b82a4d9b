/** Microsoft Teams by a workflow webhook ("post to a channel when a webhook request is received") and an Adaptive Card. */
import { type HttpChannelDeps, postNotice } from "../../alerts/http-outcome.ts";
import { renderMessage } from "../../alerts/message.ts";
import type { AlertChannel, Notification } from "../../alerts/ports.ts";

export interface TeamsConfig {
  /** A secret: its query carries the signature. */
  readonly webhookUrl: string;
}

export function createTeamsChannel(config: TeamsConfig, deps: HttpChannelDeps): AlertChannel {
  return {
    name: "teams",
    send: (notification, signal) =>
      postNotice(deps, { url: config.webhookUrl, body: teamsBody(notification) }, signal),
  };
}

/** RichTextBlock and not TextBlock or FactSet: those read Markdown, a TextRun does not. */
function teamsBody(notification: Notification): string {
  const { title, summary, facts } = renderMessage(notification);
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      richText([{ text: title, weight: "Bolder", size: "Medium" }]),
      richText([{ text: summary }]),
      ...facts.map(({ label, value }) =>
        richText([{ text: `${label}: `, weight: "Bolder" }, { text: value }]),
      ),
    ],
  };
  return JSON.stringify({
    type: "message",
    attachments: [
      { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content },
    ],
  });
}

interface Run {
  readonly text: string;
  readonly weight?: "Bolder";
  readonly size?: "Medium";
}

const richText = (runs: readonly Run[]) => ({
  type: "RichTextBlock",
  inlines: runs.map((run) => ({ type: "TextRun", ...run })),
});

/** The channel of a laptop: one line in the log. */
import { renderMessage } from "../../alerts/message.ts";
import type { AlertChannel } from "../../alerts/ports.ts";
import type { Logger } from "../../kernel/logger.ts";

export function createConsoleChannel(deps: { readonly log: Logger }): AlertChannel {
  return {
    name: "console",
    async send(notification) {
      const { title } = renderMessage(notification);
      const { incidentId, rule } = notification.incident;
      deps.log.warn("ALERT", { alert: title, event: notification.event, rule, incidentId });
      return { kind: "sent", detail: "written to the log" };
    },
  };
}

/** A rehearsal: one incident that opens and ends at once, over the real path and the chosen channels. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { newId } from "../kernel/ids.ts";
import { type OpenIncidentDeps, openIncident } from "./open-incident.ts";
import type { ChannelName, IncidentStore, IncidentWithDeliveries } from "./ports.ts";
import { resolveIncident } from "./resolve-incident.ts";

export interface SendTestAlertDeps extends OpenIncidentDeps {
  readonly incidents: Pick<IncidentStore, "open" | "resolve" | "markEnqueued">;
}

/**
 * Opens and resolves an incident of rule `test`; each channel gets both notices, in this order.
 * @returns the incident as resolved, with the deliveries of both events.
 * @throws AppError `request_invalid` where a channel is not configured, or none is.
 */
export async function sendTestAlert(
  deps: SendTestAlertDeps,
  input: { readonly channels?: readonly ChannelName[] | undefined },
  ctx: CallContext,
): Promise<IncidentWithDeliveries> {
  const channelNames = [...new Set(input.channels ?? deps.channelNames)];
  const unknown = channelNames.filter((name) => !deps.channelNames.includes(name));
  if (unknown.length > 0 || channelNames.length === 0) {
    const message =
      unknown.length > 0 ? `not configured: ${unknown.join(", ")}` : "no channel is configured";
    throw new AppError("request_invalid", "The alert cannot be sent.", {
      fields: [{ pointer: "/channels", message }],
    });
  }
  const dedupKey = `test:${newId("evt", deps.clock.now())}`;
  const incident = {
    dedupKey,
    rule: "test",
    severity: "info",
    summary: "Test alert: nothing is wrong",
    evidence: { requested_by: ctx.principal.owner },
  } as const;
  const opened = await openIncident({ ...deps, channelNames }, incident, ctx);
  const resolved = await resolveIncident(deps, dedupKey, ctx);
  if (opened === null || resolved === null)
    throw new AppError("internal", "The test incident could not be made.");
  return {
    incident: resolved.incident,
    deliveries: [...opened.deliveries, ...resolved.deliveries],
  };
}

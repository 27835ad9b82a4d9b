/** Something is wrong: one incident however many notice it, and one notice per channel. */
import type { CallContext } from "../kernel/context.ts";
import { type EnqueueDeps, enqueueDeliveries } from "./enqueue-deliveries.ts";
import { boundIncident } from "./incident-bounds.ts";
import type {
  ChannelName,
  IncidentStore,
  IncidentWithDeliveries,
  NewIncident,
  NoticeIntervals,
} from "./ports.ts";

/** Alertmanager's defaults: group_interval 5 m, repeat_interval 4 h. */
export const noticeIntervals: NoticeIntervals = { groupMs: 5 * 60_000, repeatMs: 4 * 60 * 60_000 };

export interface OpenIncidentDeps extends EnqueueDeps {
  readonly incidents: Pick<IncidentStore, "open" | "markEnqueued">;
  /** The channels that are configured. */
  readonly channelNames: readonly ChannelName[];
}

/**
 * Opens an incident for this condition, or does nothing where it is open already (and tells it again every four hours).
 * A condition that flaps is told at most once per five minutes. Incident and deliveries are written in one transaction,
 * then enqueued; a queue that is down delays the notices until the sweep, and does not fail the call.
 * @returns the incident with its new deliveries, or null where there was nothing new to tell.
 */
export async function openIncident(
  deps: OpenIncidentDeps,
  incident: NewIncident,
  ctx: CallContext,
): Promise<IncidentWithDeliveries | null> {
  const opened = await deps.incidents.open(
    boundIncident(incident),
    deps.channelNames,
    deps.clock.now(),
    noticeIntervals,
  );
  if (opened === null) return null;
  ctx.log.warn("incident notified", {
    incidentId: opened.incident.incidentId,
    rule: opened.incident.rule,
    severity: incident.severity,
  });
  await enqueueDeliveries(deps, opened.deliveries, ctx);
  return opened;
}

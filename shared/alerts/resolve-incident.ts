/** The condition is over: the incident ends, and whoever was told of it is told so. */
import type { CallContext } from "../kernel/context.ts";
import { type EnqueueDeps, enqueueDeliveries } from "./enqueue-deliveries.ts";
import { boundDedupKey } from "./incident-bounds.ts";
import type { IncidentStore, IncidentWithDeliveries } from "./ports.ts";

export interface ResolveIncidentDeps extends EnqueueDeps {
  readonly incidents: Pick<IncidentStore, "resolve" | "markEnqueued">;
}

/**
 * Resolves the open incident of this key. An opening that was held back for flapping is dropped together with its end.
 * @returns the incident with its new deliveries, or null where none was open.
 */
export async function resolveIncident(
  deps: ResolveIncidentDeps,
  dedupKey: string,
  ctx: CallContext,
): Promise<IncidentWithDeliveries | null> {
  const resolved = await deps.incidents.resolve(boundDedupKey(dedupKey), deps.clock.now());
  if (resolved === null) return null;
  ctx.log.info("incident resolved", {
    incidentId: resolved.incident.incidentId,
    rule: resolved.incident.rule,
  });
  await enqueueDeliveries(deps, resolved.deliveries, ctx);
  return resolved;
}

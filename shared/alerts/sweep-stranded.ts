/** The outbox's other half: what was written but never reached the queue, or whose message was lost, is enqueued again. */
import type { CallContext } from "../kernel/context.ts";
import { type EnqueueDeps, enqueueDeliveries } from "./enqueue-deliveries.ts";
import type { IncidentStore } from "./ports.ts";

/** Longer than a send with its lease, so that the sweep meets only what nobody is working on. */
const GRACE_MS = 2 * 60_000;
/** One sweep's share; the next takes the rest. */
const BATCH = 200;

export interface SweepDeps extends EnqueueDeps {
  readonly incidents: Pick<IncidentStore, "stranded" | "markEnqueued">;
}

/** Safe to run anywhere, at any time, twice: a delivery is claimed before it is sent. Returns how many were enqueued. */
export async function sweepStranded(deps: SweepDeps, ctx: CallContext): Promise<number> {
  const stranded = await deps.incidents.stranded(deps.clock.now() - GRACE_MS, BATCH);
  if (stranded.length === 0) return 0;
  const enqueued = await enqueueDeliveries(deps, stranded, ctx);
  ctx.log.warn("stranded alert deliveries enqueued again", { found: stranded.length, enqueued });
  return enqueued;
}

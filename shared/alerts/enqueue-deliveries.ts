/** From the outbox to the queue: what fails here is left for the sweep, never lost. */
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import type { Delivery, DeliveryQueue, IncidentStore } from "./ports.ts";

export interface EnqueueDeps {
  readonly incidents: Pick<IncidentStore, "markEnqueued">;
  readonly queue: DeliveryQueue;
  readonly clock: Clock;
}

/**
 * Enqueues each delivery for when it is due and marks those that the queue took. Returns how many it took. Never
 * throws: the deliveries are already in the store, and whoever opened the incident must not fail for the queue's sake.
 */
export async function enqueueDeliveries(
  deps: EnqueueDeps,
  deliveries: readonly Delivery[],
  ctx: CallContext,
): Promise<number> {
  const results = await Promise.all(deliveries.map((delivery) => enqueueOne(deps, delivery, ctx)));
  return results.filter(Boolean).length;
}

async function enqueueOne(
  { incidents, queue, clock }: EnqueueDeps,
  delivery: Delivery,
  ctx: CallContext,
): Promise<boolean> {
  const now = clock.now();
  const dueAt = Math.max(now, Date.parse(delivery.dueAt));
  try {
    await queue.enqueue(delivery.deliveryId, Math.ceil((dueAt - now) / 1000), ctx.signal);
    await incidents.markEnqueued([delivery.deliveryId], dueAt);
    return true;
  } catch (error) {
    ctx.log.warn("alert delivery not enqueued; the sweep will take it", {
      deliveryId: delivery.deliveryId,
      ...errorFields(error),
    });
    return false;
  }
}

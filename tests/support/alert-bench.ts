/** The alert path on one table: memory store, a queue that keeps time by the manual clock, and channels that are scripted. */
import { createMemoryIncidentStore } from "../../shared/adapters/memory/incident-store.ts";
import { dispatchDelivery } from "../../shared/alerts/dispatch-delivery.ts";
import type {
  AlertChannel,
  ChannelName,
  ChannelOutcome,
  DeliveryQueue,
  IncidentStore,
  NewIncident,
  Notification,
} from "../../shared/alerts/ports.ts";
import { type ManualClock, manualClock, testContext } from "./call-context.ts";

export interface SentNotice {
  readonly at: number;
  readonly channel: ChannelName;
  readonly notification: Notification;
}

export const sampleIncident: NewIncident = {
  dedupKey: "error_rate:demo",
  rule: "error_rate",
  severity: "error",
  summary: "too many errors",
  evidence: { rate: 0.25 },
};

/** Answers the n-th send with the n-th outcome, and every later one with the last. */
export function scriptedChannel(
  name: ChannelName,
  sent: SentNotice[],
  clock: ManualClock,
  outcomes: readonly (ChannelOutcome | Error)[] = [{ kind: "sent", detail: "ok" }],
): AlertChannel {
  let calls = 0;
  return {
    name,
    async send(notification) {
      const outcome = outcomes[Math.min(calls++, outcomes.length - 1)];
      sent.push({ at: clock.now(), channel: name, notification });
      if (outcome === undefined || outcome instanceof Error) throw outcome;
      return outcome;
    },
  };
}

interface QueuedMessage {
  readonly deliveryId: string;
  readonly dueAt: number;
}

export function alertBench(channelNames: readonly ChannelName[] = ["slack"]) {
  const clock = manualClock();
  const incidents: IncidentStore = createMemoryIncidentStore();
  const messages: QueuedMessage[] = [];
  const state = { queueDown: false };
  const queue: DeliveryQueue = {
    async enqueue(deliveryId, afterSeconds) {
      if (state.queueDown) throw new Error("queue down");
      messages.push({ deliveryId, dueAt: clock.now() + afterSeconds * 1000 });
    },
  };
  const sent: SentNotice[] = [];
  const { ctx, lines } = testContext();
  const deps = { incidents, queue, clock, channelNames };

  /** Handles messages in the order in which the queue shows them, moving the clock along, until none is left. */
  async function drain(
    channels: readonly AlertChannel[],
    random: () => number = () => 0.5,
  ): Promise<string[]> {
    const outcomes: string[] = [];
    for (let round = 0; messages.length > 0; round++) {
      if (round > 1000) throw new Error("the queue never empties");
      messages.sort((a, b) => a.dueAt - b.dueAt);
      const next = messages.shift();
      if (next === undefined) break;
      clock.advance(Math.max(0, next.dueAt - clock.now()));
      const meta = { messageId: `m${round}`, dequeueCount: 1, attempt: 1 };
      const outcome = await dispatchDelivery(
        { incidents, channels, clock, random },
        { delivery_id: next.deliveryId },
        meta,
        ctx,
      );
      outcomes.push(outcome.kind);
      if (outcome.kind === "retry")
        await queue.enqueue(next.deliveryId, outcome.afterSeconds, ctx.signal);
    }
    return outcomes;
  }

  const deliveries = async () =>
    (await incidents.list({ limit: 1000 })).flatMap((one) => one.deliveries);
  return { clock, incidents, queue, messages, state, sent, ctx, lines, deps, drain, deliveries };
}

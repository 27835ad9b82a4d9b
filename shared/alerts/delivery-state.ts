/** The life of one delivery as a total table: `pending` is the only state that anything can still happen to. */
import type { DeliveryState } from "./ports.ts";

export type DeliveryChange = "sent" | "retried" | "failed" | "suppressed";

const transitions: Readonly<
  Record<DeliveryState, Readonly<Record<DeliveryChange, DeliveryState>>>
> = {
  pending: { sent: "sent", retried: "pending", failed: "dead", suppressed: "suppressed" },
  sent: { sent: "sent", retried: "sent", failed: "sent", suppressed: "sent" },
  dead: { sent: "dead", retried: "dead", failed: "dead", suppressed: "dead" },
  suppressed: {
    sent: "suppressed",
    retried: "suppressed",
    failed: "suppressed",
    suppressed: "suppressed",
  },
};

export function nextDeliveryState(state: DeliveryState, change: DeliveryChange): DeliveryState {
  return transitions[state][change];
}

export function isFinished(state: DeliveryState): boolean {
  return state !== "pending";
}

/** One message of the dispatch queue: send one notification over one channel, or say when to try again. */
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { errorFields } from "../kernel/logger.ts";
import { MAX_ATTEMPTS, type Random, retryDelaySeconds } from "./back-off.ts";
import type {
  AlertChannel,
  AttemptRecord,
  ChannelOutcome,
  ClaimResult,
  DispatchOutcome,
  IncidentStore,
} from "./ports.ts";
import { oneLine } from "./text.ts";

/** More than any channel takes (10 s for HTTP, 30 s for mail), so that only a dead worker loses its claim. */
const LEASE_MS = 60_000;
const OUTCOME_LENGTH = 300;

export interface DispatchDeps {
  readonly incidents: Pick<IncidentStore, "claim" | "recordAttempt">;
  readonly channels: readonly AlertChannel[];
  readonly clock: Clock;
  readonly random: Random;
}

type Claimed = Extract<ClaimResult, { kind: "claimed" }>;

/**
 * Sends one delivery. The claim lets one worker at a time do so; a delivery that is finished is acknowledged unsent. The
 * attempts are counted in the store, not by the queue, whose copies and redeliveries mean nothing here.
 *
 * At least once, and honestly so: a worker that dies after the receiver took the message and before the record is
 * written leaves a claim that runs out, and the message is sent again under the same idempotency key. PagerDuty folds the
 * two by dedup_key, a webhook receiver can by Idempotency-Key, a mail reader by Message-ID; Slack and Teams have no such
 * key and show it twice.
 * @throws what the store throws, for the queue to deliver the message again.
 */
export async function dispatchDelivery(
  deps: DispatchDeps,
  message: { readonly delivery_id: string },
  _meta: { readonly messageId: string },
  ctx: CallContext,
): Promise<DispatchOutcome> {
  const deliveryId = message.delivery_id;
  const claimed = await deps.incidents.claim(deliveryId, deps.clock.now(), LEASE_MS);
  if (claimed.kind === "missing") return { kind: "dead", reason: "no such delivery" };
  if (claimed.kind === "finished") return { kind: "done" };
  if (claimed.kind === "wait") return { kind: "retry", afterSeconds: claimed.afterSeconds };
  const outcome = await sendOver(deps.channels, claimed, ctx);
  return settle(deps, claimed, outcome, ctx);
}

async function sendOver(
  channels: readonly AlertChannel[],
  { incident, delivery }: Claimed,
  ctx: CallContext,
): Promise<ChannelOutcome> {
  const channel = channels.find((one) => one.name === delivery.channel);
  if (channel === undefined) return { kind: "failed", reason: "the channel is not configured" };
  const { deliveryId, event } = delivery;
  try {
    return await channel.send(
      { idempotencyKey: deliveryId, dedupKey: incident.dedupKey, event, incident },
      ctx.signal,
    );
  } catch (error) {
    // Either the instance is being stopped or the adapter broke its promise: both may pass.
    ctx.log.warn("alert channel threw", {
      deliveryId,
      channel: delivery.channel,
      ...errorFields(error),
    });
    return {
      kind: "retry",
      reason: ctx.signal.aborted ? "the instance was stopped" : "the channel failed",
    };
  }
}

async function settle(
  deps: DispatchDeps,
  claimed: Claimed,
  outcome: ChannelOutcome,
  ctx: CallContext,
): Promise<DispatchOutcome> {
  const { delivery, claim } = claimed;
  const now = deps.clock.now();
  const attempts = delivery.attempts.length + 1;
  const record = (
    event: AttemptRecord["event"],
    text: string,
    reason: string | null,
    dueAt = now,
  ) => {
    const attempt = { at: new Date(now).toISOString(), outcome: oneLine(text, OUTCOME_LENGTH) };
    return deps.incidents.recordAttempt(delivery.deliveryId, {
      claim,
      attempt,
      event,
      reason,
      dueAt,
    });
  };
  if (outcome.kind === "sent") {
    await record("sent", `sent: ${outcome.detail}`, null);
    return { kind: "done" };
  }
  if (outcome.kind === "retry" && attempts < MAX_ATTEMPTS) {
    const afterSeconds = retryDelaySeconds(attempts, outcome.afterSeconds, deps.random);
    await record("retried", `retry: ${outcome.reason}`, null, now + afterSeconds * 1000);
    return { kind: "retry", afterSeconds };
  }
  const reason = oneLine(
    outcome.kind === "failed"
      ? outcome.reason
      : `gave up after ${attempts} attempts: ${outcome.reason}`,
    OUTCOME_LENGTH,
  );
  await record("failed", `failed: ${outcome.reason}`, reason);
  ctx.log.error("alert not delivered", {
    deliveryId: delivery.deliveryId,
    channel: delivery.channel,
    attempts,
    reason,
  });
  return { kind: "dead", reason };
}

/** The end of a message that nothing could handle: kept where a person can read it, and its delivery closed. */
import type { Clock } from "../kernel/clock.ts";
import type { CallContext } from "../kernel/context.ts";
import { boundDeadLetterBody } from "./incident-bounds.ts";
import type { IncidentStore } from "./ports.ts";
import { oneLine } from "./text.ts";

const REASON_LENGTH = 500;
const ID_LENGTH = 200;

export interface RecordDeadLetterDeps {
  readonly incidents: Pick<IncidentStore, "recordDeadLetter" | "kill">;
  readonly clock: Clock;
}

export interface PoisonLetter {
  /** The queue that the message was meant for. */
  readonly queue: string;
  readonly messageId: string;
  /** As it came, JSON or not. */
  readonly body: string;
  readonly reason: string;
}

/** Keeps up to 64 KiB of the body. Where it names a pending delivery, that becomes `dead`. Safe to repeat. */
export async function recordDeadLetter(
  deps: RecordDeadLetterDeps,
  letter: PoisonLetter,
  ctx: CallContext,
): Promise<void> {
  const now = deps.clock.now();
  const reason = oneLine(letter.reason, REASON_LENGTH);
  const queue = oneLine(letter.queue, ID_LENGTH);
  const messageId = oneLine(letter.messageId, ID_LENGTH);
  const body = boundDeadLetterBody(letter.body);
  await deps.incidents.recordDeadLetter({
    queue,
    messageId,
    body,
    reason,
    at: new Date(now).toISOString(),
  });
  const deliveryId = deliveryNamedBy(letter.body);
  const killed = deliveryId !== null && (await deps.incidents.kill(deliveryId, reason, now));
  ctx.log.error("queue message given up", { queue, messageId, killed });
}

function deliveryNamedBy(body: string): string | null {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null || !("delivery_id" in value)) return null;
    return typeof value.delivery_id === "string" && /^dlv_[0-9a-z]{1,60}$/.test(value.delivery_id)
      ? value.delivery_id
      : null;
  } catch {
    return null;
  }
}

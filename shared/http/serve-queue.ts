/** The one way in from a queue: parse, run, and see that the outcome happens: done, later, or never. */

import type { z } from "zod";
import { type CallContext, systemPrincipal } from "../kernel/context.ts";
import { newId } from "../kernel/ids.ts";
import type {
  QueueDefinition,
  QueueMeta,
  TimerDefinition,
  WarmupDefinition,
} from "./definition.ts";
import type { HttpRuntime, Invocation } from "./serve-http.ts";

/** Sends messages; the copy of a message that is to come later, and the last word on one that is given up. */
export interface QueueSender {
  /** @param body JSON text. */
  send(queue: string, body: string, afterSeconds: number, signal: AbortSignal): Promise<void>;
}

/** What lies in a poison queue when a handler gave a message up with a reason. */
export interface DeadLetterEnvelope {
  readonly dead_letter: {
    readonly queue: string;
    readonly message_id: string;
    readonly reason: string;
  };
  /** The message as it came; cut where the envelope would not fit into a queue message. */
  readonly message: string;
}

/** A queue message holds 64 KiB. Markup is counted as it travels, in XML. */
const MAX_MESSAGE_BYTES = 65_536;
const XML_ENTITY = "&quot;";

/** The platform's own name for it (docs/azure-facts): the host moves messages there after maxDequeueCount failures. */
export const poisonQueue = (queue: string): string => `${queue}-poison`;

/**
 * `retry` puts a copy in the queue that shows after the delay and takes this one off; `dead` moves it to the poison
 * queue with the reason. If that cannot be done the error goes to the host, which delivers the message again.
 */
export async function serveQueue<Deps, M extends z.ZodType>(
  definition: QueueDefinition<Deps, M>,
  runtime: HttpRuntime<Deps & { queueSender: QueueSender }>,
  message: unknown,
  meta: QueueMeta,
  invocation: Invocation,
): Promise<void> {
  const { deps } = await runtime.open();
  const raw = messageText(message);
  const parsed = definition.message.safeParse(message);
  const ctx = systemContext(definition.name, runtime.clock.now(), invocation);
  const outcome = parsed.success
    ? await definition.handle(deps, parsed.data, meta, ctx)
    : {
        kind: "dead" as const,
        reason: `the message is not valid: ${parsed.error.issues[0]?.message ?? "unknown"}`,
      };
  if (outcome.kind === "retry")
    await deps.queueSender.send(definition.queue, raw, outcome.afterSeconds, invocation.signal);
  if (outcome.kind === "dead") {
    const letter = {
      queue: definition.queue,
      message_id: meta.messageId,
      reason: outcome.reason,
    };
    await deps.queueSender.send(
      poisonQueue(definition.queue),
      writeEnvelope({ dead_letter: letter, message: raw }),
      0,
      invocation.signal,
    );
  }
}

/** The text of what the host handed over: it parses what is JSON, and there are values that JSON cannot write back. */
export function messageText(message: unknown): string {
  if (typeof message === "string") return message;
  try {
    return JSON.stringify(message) ?? "";
  } catch {
    return "(a message that cannot be shown: it is nested too deeply)";
  }
}

function writeEnvelope(envelope: DeadLetterEnvelope): string {
  const text = JSON.stringify(envelope);
  const bytes = Buffer.byteLength(text.replace(/[&<>"']/g, XML_ENTITY));
  if (bytes <= MAX_MESSAGE_BYTES || envelope.message === "") return text;
  const half = Math.floor(envelope.message.length / 2);
  return writeEnvelope({ ...envelope, message: envelope.message.slice(0, half) });
}

/**
 * The one way in from a timer, and at the start of an instance. A failure is thrown to the host, which logs it; the
 * next tick tries again, and an instance that could not be warmed serves all the same.
 */
export async function serveTimer<Deps>(
  definition: TimerDefinition<Deps> | WarmupDefinition<Deps>,
  runtime: HttpRuntime<Deps>,
  invocation: Invocation,
): Promise<void> {
  const { deps } = await runtime.open();
  await definition.handle(deps, systemContext(definition.name, runtime.clock.now(), invocation));
}

/** Nobody outside asked for this work: it acts in the name of its function. */
function systemContext(name: string, now: number, { log, signal }: Invocation): CallContext {
  return {
    requestId: newId("req", now),
    traceparent: null,
    principal: systemPrincipal(name),
    log,
    signal,
    now,
  };
}

/** A queue message on its way into a function and out of one: encoding, metadata, outputs. */
import { randomUUID } from "node:crypto";
import type { RpcInvocationResponse, RpcTypedData } from "./core-types.ts";
import type { HostFunction, QueueTrigger } from "./function-catalogue.ts";
import type { QueueSettings } from "./host-json.ts";
import type { InvocationCall } from "./invocation.ts";
import { traceContext } from "./invocation.ts";
import type { OpenQueue, QueueMessage } from "./queue-storage.ts";

type Encoding = QueueSettings["messageEncoding"];

const base64 = /^(?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?$/i;

/** Undefined when the text is not base64: Node's own decoder would drop the bad characters. */
export function decodeMessage(text: string, encoding: Encoding): string | undefined {
  if (encoding === "none") return text;
  const packed = text.replace(/\s+/g, "");
  return base64.test(packed) ? Buffer.from(packed, "base64").toString("utf8") : undefined;
}

export function encodeMessage(text: string, encoding: Encoding): string {
  return encoding === "none" ? text : Buffer.from(text, "utf8").toString("base64");
}

export function queueCall(
  fn: HostFunction<QueueTrigger>,
  message: QueueMessage | undefined,
  text: string,
): InvocationCall {
  const date = (value: Date): RpcTypedData => ({ json: JSON.stringify(value.toISOString()) });
  const details: Record<string, RpcTypedData> = message
    ? {
        DequeueCount: { int: message.dequeueCount },
        Id: { string: message.id },
        InsertionTime: date(message.insertedOn),
        ExpirationTime: date(message.expiresOn),
        NextVisibleTime: date(message.nextVisibleOn),
        PopReceipt: { string: message.popReceipt },
      }
    : {};
  const invocationId = randomUUID();
  return {
    invocationId,
    input: { name: fn.trigger.bindingName, data: { string: text } },
    triggerMetadata: { QueueTrigger: { string: text }, ...details },
    traceContext: traceContext(invocationId),
  };
}

/** One text per message: a JSON array is many messages, anything else is one. */
export function outputMessages(data: RpcTypedData | null | undefined): readonly string[] {
  if (typeof data?.string === "string") return [data.string];
  if (typeof data?.json === "string") {
    const value: unknown = JSON.parse(data.json);
    if (!Array.isArray(value)) return [data.json];
    return value.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
  }
  if (data?.bytes) return [Buffer.from(data.bytes).toString("utf8")];
  const number = data?.int ?? data?.double;
  return typeof number === "number" ? [String(number)] : [];
}

export interface QueueOutputDeps {
  readonly openQueue: OpenQueue;
  readonly encoding: Encoding;
  /** Told after each send, so that this host's own listener does not wait for its next poll. */
  readonly onSent: (queueName: string) => void;
}

/** Enqueues what a successful invocation put on its queue outputs. */
export async function sendQueueOutputs(
  fn: HostFunction,
  response: RpcInvocationResponse,
  deps: QueueOutputDeps,
): Promise<void> {
  for (const output of fn.queueOutputs) {
    const data =
      output.bindingName === "$return"
        ? response.returnValue
        : response.outputData?.find((item) => item.name === output.bindingName)?.data;
    const texts = outputMessages(data);
    if (texts.length === 0) continue;
    const queue = await deps.openQueue(output.connection, output.queueName);
    await queue.createIfAbsent();
    for (const text of texts) await queue.send(encodeMessage(text, deps.encoding));
    deps.onSent(output.queueName);
  }
}

/** What takes the queue listener minutes: lease renewal and polling back-off, on a clock moved by hand. */
// covers: HOST-08, HOST-09
import { describe, expect, it } from "vitest";
import type { HostFunction, QueueTrigger } from "../../local/host/function-catalogue.ts";
import type { InvocationOutcome } from "../../local/host/invocation.ts";
import { createQueueListener } from "../../local/host/queue-listener.ts";
import { decodeMessage, encodeMessage, outputMessages } from "../../local/host/queue-message.ts";
import type { QueueMessage, StorageQueue } from "../../local/host/queue-storage.ts";
import { createManualClock } from "../support/manual-clock.ts";

const fn: HostFunction<QueueTrigger> = {
  name: "work",
  metadata: { name: "work", bindings: {} },
  callback: () => undefined,
  trigger: { type: "queue", bindingName: "entry", queueName: "q", connection: "S" },
  queueOutputs: [],
};
const settings = {
  batchSize: 16,
  newBatchThreshold: 8,
  maxDequeueCount: 5,
  visibilityTimeoutMs: 0,
  maxPollingIntervalMs: 2000,
  messageEncoding: "none" as const,
};
const answer = async () => ({});

/** One queue in memory that keeps a diary of the calls. */
function memoryQueue(name: string, messages: QueueMessage[] = []) {
  const calls: string[] = [];
  const queue: StorageQueue = {
    name,
    createIfAbsent: async () => {},
    receive: async () => messages.splice(0),
    setVisibility: async ({ popReceipt }, seconds) => {
      calls.push(`hide ${seconds} s with ${popReceipt}`);
      return `${popReceipt}+`;
    },
    remove: async ({ popReceipt }) => void calls.push(`remove with ${popReceipt}`),
    send: async (text) => void calls.push(`send ${text}`),
  };
  return { queue, calls, messages };
}

function message(dequeueCount = 1): QueueMessage {
  const now = new Date(0);
  const times = { insertedOn: now, expiresOn: now, nextVisibleOn: now };
  return { id: "m", popReceipt: "r", text: "hello", dequeueCount, ...times };
}

function listen(
  source: ReturnType<typeof memoryQueue>,
  outcomes: Promise<InvocationOutcome>[] = [],
) {
  const clock = createManualClock("2026-01-01T00:00:00Z");
  const poison = memoryQueue(`${source.queue.name}-poison`);
  const run = () => outcomes.shift() ?? Promise.reject(new Error("unexpected run"));
  const deps = { queue: source.queue, poison: poison.queue, settings, clock, log: () => {} };
  return { clock, poison, listener: createQueueListener(fn, { ...deps, invoker: { run } }) };
}

const succeeded = { kind: "succeeded", response: { invocationId: "i" }, answer } as const;
const failed = { kind: "failed", error: new Error("no"), answer } as const;

describe("a lease", () => {
  it("is renewed at its half while the handler runs, and the last receipt removes the message", async () => {
    const source = memoryQueue("q", [message()]);
    const slow = Promise.withResolvers<InvocationOutcome>();
    const { clock, listener } = listen(source, [slow.promise]);
    await listener.start();
    await clock.advance(299_999);
    expect(source.calls).toEqual([]);
    await clock.advance(1);
    await clock.advance(300_000);
    slow.resolve(succeeded);
    await clock.advance(700_000);
    expect(source.calls).toEqual(["hide 600 s with r", "hide 600 s with r+", "remove with r++"]);
    await listener.stop();
  });
});

describe("polling", () => {
  it("backs off from 100 ms to the maximum and starts anew after a message", async () => {
    const source = memoryQueue("q");
    const { clock, listener } = listen(source, [Promise.resolve(succeeded)]);
    await listener.start();
    await clock.advance(7_000);
    expect(clock.delays).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
    source.messages.push(message());
    await clock.advance(200);
    expect(clock.delays.slice(7)).toEqual([300_000, 100, 200]);
    await listener.stop();
    expect(clock.pending).toBe(0);
  });
});

describe("a message that was dequeued too often", () => {
  it("goes to poison without a run when it comes back above the limit", async () => {
    const source = memoryQueue("q", [message(6)]);
    const { poison, listener, clock } = listen(source);
    await listener.start();
    await clock.advance(0);
    expect(poison.calls).toEqual(["send hello"]);
    expect(source.calls).toEqual(["remove with r"]);
    await listener.stop();
  });

  it("stays where it is in a poison queue, which has no poison queue of its own", async () => {
    const source = memoryQueue("q-poison", [message(5)]);
    const { poison, listener, clock } = listen(source, [Promise.resolve(failed)]);
    await listener.start();
    await clock.advance(0);
    expect([...poison.calls, ...source.calls]).toEqual([]);
    await listener.stop();
  });
});

describe("message text", () => {
  it("survives the way through base64 and is recognised when it is none", () => {
    expect(decodeMessage(encodeMessage("ü & 語", "base64"), "base64")).toBe("ü & 語");
    expect(decodeMessage("", "base64")).toBe("");
    for (const text of ["a", "abc", "{}", "ab=c"])
      expect(decodeMessage(text, "base64")).toBeUndefined();
  });

  it("is one per array element for an output, and none for nothing", () => {
    expect(outputMessages({ json: `["a",{"b":1},2]` })).toEqual(["a", `{"b":1}`, "2"]);
    expect(outputMessages({ bytes: Buffer.from("raw") })).toEqual(["raw"]);
    expect(outputMessages({ double: 1.5 })).toEqual(["1.5"]);
    expect(outputMessages(undefined)).toEqual([]);
  });
});

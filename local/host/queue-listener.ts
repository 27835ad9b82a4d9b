/** Polls one queue and runs its function per message, with the storage extension's rules. */
import type { HostFunction, QueueTrigger } from "./function-catalogue.ts";
import type { HostClock } from "./host-clock.ts";
import { waitOn } from "./host-clock.ts";
import type { QueueSettings } from "./host-json.ts";
import type { HostLog } from "./host-log.ts";
import { errorText } from "./host-log.ts";
import type { Invoker } from "./invocation.ts";
import { decodeMessage, queueCall } from "./queue-message.ts";
import type { QueueMessage, StorageQueue } from "./queue-storage.ts";

export interface QueueListenerDeps {
  readonly invoker: Pick<Invoker, "run">;
  readonly queue: StorageQueue;
  readonly poison: StorageQueue;
  readonly settings: QueueSettings;
  readonly clock: HostClock;
  readonly log: HostLog;
}

export interface QueueListener {
  /** Creates the queue (a failure is logged and tried again) and begins to poll. */
  start(): Promise<void>;
  /** Ends the wait of an idle poll: this host has just put a message there. */
  wake(): void;
  /** Takes no more messages; resolves when the current poll is over. */
  stop(): Promise<void>;
  /** Resolves when every message in hand is removed, released or moved to poison. */
  idle(): Promise<void>;
}

const leaseSeconds = 600;
const firstPollMs = 100;

export function createQueueListener(
  fn: HostFunction<QueueTrigger>,
  deps: QueueListenerDeps,
): QueueListener {
  const { settings, clock } = deps;
  const stopping = new AbortController();
  const inProgress = new Set<Promise<void>>();
  let waiting = new AbortController();
  let polling: Promise<void> = Promise.resolve();

  const receive = createReceiver(fn, deps, stopping.signal);
  const poll = async (first: readonly QueueMessage[]) => {
    let delayMs = firstPollMs;
    for (let messages = first; !stopping.signal.aborted; messages = await receive()) {
      if (messages.length === 0) {
        waiting = new AbortController();
        const signal = AbortSignal.any([waiting.signal, stopping.signal]);
        await waitOn(clock, delayMs, signal);
        delayMs = waiting.signal.aborted
          ? firstPollMs
          : Math.min(delayMs * 2, settings.maxPollingIntervalMs);
        continue;
      }
      delayMs = firstPollMs;
      for (const message of messages) track(inProgress, processMessage(fn, message, deps));
      while (inProgress.size > settings.newBatchThreshold) await Promise.race(inProgress);
    }
  };
  return {
    async start() {
      const first = await receive();
      polling = poll(first);
    },
    wake: () => waiting.abort(),
    async stop() {
      stopping.abort();
      await polling;
    },
    async idle() {
      await Promise.all(inProgress);
    },
  };
}

/** Receives one batch, creating the queue where it is absent; an outage reads as an empty batch. */
function createReceiver(
  fn: HostFunction<QueueTrigger>,
  { queue, settings, log }: QueueListenerDeps,
  signal: AbortSignal,
): () => Promise<readonly QueueMessage[]> {
  let created = false;
  let broken = false;
  return async () => {
    try {
      if (!created) await queue.createIfAbsent(signal);
      created = true;
      const messages = await queue.receive(settings.batchSize, leaseSeconds, signal);
      broken = false;
      return messages;
    } catch (error) {
      if (signal.aborted) return [];
      // Once per outage: the poll goes on, and a storage that starts later is found.
      if (!broken) {
        const message = `Queue "${queue.name}": ${errorText(error)}`;
        log("error", `Host.Triggers.Queue.${fn.name}`, message);
      }
      broken = true;
      created = false;
      return [];
    }
  };
}

function track(set: Set<Promise<void>>, task: Promise<void>): void {
  const tracked = task.finally(() => set.delete(tracked));
  set.add(tracked);
}

/** Never rejects: what goes wrong is logged, and the lease runs out by itself. */
async function processMessage(
  fn: HostFunction<QueueTrigger>,
  received: QueueMessage,
  deps: QueueListenerDeps,
): Promise<void> {
  const { queue, settings } = deps;
  try {
    const text = decodeMessage(received.text, settings.messageEncoding);
    // A message that was counted past the limit elsewhere (a crash) never reaches the handler.
    if (text === undefined || received.dequeueCount > settings.maxDequeueCount) {
      return await moveToPoison(received, received.popReceipt, deps);
    }
    const lease = keepLease(received, deps);
    const outcome = await deps.invoker.run(fn, queueCall(fn, received, text));
    const popReceipt = await lease.release();
    const current = { id: received.id, popReceipt };
    if (outcome.kind === "succeeded") await queue.remove(current);
    else if (isPoisonQueue(queue))
      return; // Stays hidden until its lease ends: no endless fast loop.
    else if (received.dequeueCount < settings.maxDequeueCount) {
      await queue.setVisibility(current, Math.floor(settings.visibilityTimeoutMs / 1000));
    } else await moveToPoison(received, popReceipt, deps);
  } catch (error) {
    deps.log("error", `Host.Triggers.Queue.${fn.name}`, errorText(error));
  }
}

function isPoisonQueue(queue: StorageQueue): boolean {
  return queue.name.endsWith("-poison");
}

async function moveToPoison(
  message: QueueMessage,
  popReceipt: string,
  deps: QueueListenerDeps,
): Promise<void> {
  const { queue, poison } = deps;
  if (isPoisonQueue(queue)) return;
  const text = `Message "${message.id}" of queue "${queue.name}" moves to "${poison.name}" after ${message.dequeueCount} tries.`;
  deps.log("error", "Host.Triggers.Queue", text);
  await poison.createIfAbsent();
  await poison.send(message.text);
  await queue.remove({ id: message.id, popReceipt });
}

/** Renews the lease at its half while the handler runs; `release` gives the last pop receipt. */
function keepLease(message: QueueMessage, { queue, clock, log }: QueueListenerDeps) {
  let popReceipt = message.popReceipt;
  let renewing: Promise<void> = Promise.resolve();
  let cancel = () => {};
  let released = false;
  const renew = async () => {
    try {
      popReceipt = await queue.setVisibility({ id: message.id, popReceipt }, leaseSeconds);
    } catch (error) {
      log(
        "warning",
        "Host.Triggers.Queue",
        `Lease of message "${message.id}": ${errorText(error)}`,
      );
    }
    if (!released) arm();
  };
  const arm = () => {
    cancel = clock.schedule(
      () => {
        renewing = renew();
      },
      (leaseSeconds * 1000) / 2,
    );
  };
  arm();
  return {
    async release(): Promise<string> {
      released = true;
      cancel();
      await renewing;
      return popReceipt;
    },
  };
}

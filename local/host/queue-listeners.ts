/** All queue listeners of an app, and who to wake when this host itself enqueues a message. */
import type { HostFunction, QueueTrigger } from "./function-catalogue.ts";
import type { QueueListener, QueueListenerDeps } from "./queue-listener.ts";
import { createQueueListener } from "./queue-listener.ts";
import type { OpenQueue } from "./queue-storage.ts";

export interface QueueListeners {
  /** Rejects when a connection setting is missing. */
  start(): Promise<void>;
  wake(queueName: string): void;
  stop(): Promise<void>;
  idle(): Promise<void>;
}

export interface QueueListenersDeps extends Omit<QueueListenerDeps, "queue" | "poison"> {
  readonly openQueue: OpenQueue;
}

export function createQueueListeners(
  functions: readonly HostFunction<QueueTrigger>[],
  { openQueue, ...deps }: QueueListenersDeps,
): QueueListeners {
  const listeners: { readonly queueName: string; readonly listener: QueueListener }[] = [];
  const open = async (fn: HostFunction<QueueTrigger>) => {
    const { connection, queueName } = fn.trigger;
    const queue = await openQueue(connection, queueName);
    const poison = await openQueue(connection, `${queueName}-poison`);
    listeners.push({ queueName, listener: createQueueListener(fn, { ...deps, queue, poison }) });
  };
  return {
    async start() {
      // First every connection, then every poll: a missing setting must not leave polls behind.
      for (const fn of functions) await open(fn);
      await Promise.all(listeners.map(({ listener }) => listener.start()));
    },
    wake(queueName) {
      for (const entry of listeners) if (entry.queueName === queueName) entry.listener.wake();
    },
    async stop() {
      await Promise.all(listeners.map(({ listener }) => listener.stop()));
    },
    async idle() {
      await Promise.all(listeners.map(({ listener }) => listener.idle()));
    },
  };
}

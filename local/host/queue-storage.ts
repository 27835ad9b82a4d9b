/** Azure Storage queues behind a small port; the SDK is loaded only when an app uses a queue. */
import type { QueueClient } from "@azure/storage-queue";

export interface QueueMessage {
  readonly id: string;
  /** Proof of the current lease; every extension gives a new one. */
  readonly popReceipt: string;
  /** As it lies in the queue: still encoded. */
  readonly text: string;
  readonly dequeueCount: number;
  readonly insertedOn: Date;
  readonly expiresOn: Date;
  readonly nextVisibleOn: Date;
}

export type QueueLease = Pick<QueueMessage, "id" | "popReceipt">;

export interface StorageQueue {
  readonly name: string;
  createIfAbsent(signal?: AbortSignal): Promise<void>;
  /** Hides what it returns for `visibilitySeconds`. */
  receive(
    limit: number,
    visibilitySeconds: number,
    signal: AbortSignal,
  ): Promise<readonly QueueMessage[]>;
  /** Moves the moment of visibility; returns the new pop receipt. */
  setVisibility(lease: QueueLease, seconds: number): Promise<string>;
  remove(lease: QueueLease): Promise<void>;
  send(text: string): Promise<void>;
}

/** Opens a queue by the name of the setting that holds its connection string. */
export type OpenQueue = (connectionSetting: string, queueName: string) => Promise<StorageQueue>;

type Env = Readonly<Record<string, string | undefined>>;

export function createQueueOpener(env: Env): OpenQueue {
  const services = new Map<string, Promise<(queueName: string) => StorageQueue>>();
  return async (setting, queueName) => {
    const connectionString = connectionStringOf(setting, env);
    const service = services.get(connectionString) ?? connect(connectionString);
    services.set(connectionString, service);
    return (await service)(queueName);
  };
}

/** The real host looks for `AzureWebJobs<name>` before `<name>`. */
function connectionStringOf(setting: string, env: Env): string {
  const value = env[`AzureWebJobs${setting}`] || env[setting];
  if (value) return value;
  const identity = Object.keys(env).some((key) => key.startsWith(`${setting}__`));
  throw new Error(
    identity
      ? `The queue connection "${setting}" uses a managed identity; the local host needs a connection string in "${setting}".`
      : `The queue connection "${setting}" is not set: give it a connection string, for example UseDevelopmentStorage=true.`,
  );
}

async function connect(connectionString: string): Promise<(queueName: string) => StorageQueue> {
  const { QueueServiceClient } = await import("@azure/storage-queue");
  const service = QueueServiceClient.fromConnectionString(connectionString, {
    // The listener has its own back-off; the SDK's default of a minute of retries would hide an outage.
    retryOptions: { maxTries: 2, tryTimeoutInMs: 10_000, retryDelayInMs: 200 },
  });
  return (queueName) => storageQueue(service.getQueueClient(queueName));
}

function storageQueue(client: QueueClient): StorageQueue {
  return {
    name: client.name,
    async createIfAbsent(signal) {
      await client.createIfNotExists(signal ? { abortSignal: signal } : {});
    },
    async receive(limit, visibilitySeconds, signal) {
      const { receivedMessageItems } = await client.receiveMessages({
        numberOfMessages: limit,
        visibilityTimeout: visibilitySeconds,
        abortSignal: signal,
      });
      return receivedMessageItems.map((item) => ({
        id: item.messageId,
        popReceipt: item.popReceipt,
        // The SDK has no text at all for an empty message.
        text: item.messageText ?? "",
        dequeueCount: item.dequeueCount,
        insertedOn: item.insertedOn,
        expiresOn: item.expiresOn,
        nextVisibleOn: item.nextVisibleOn,
      }));
    },
    async setVisibility({ id, popReceipt }, seconds) {
      const answer = await client.updateMessage(id, popReceipt, undefined, seconds);
      return answer.popReceipt ?? popReceipt;
    },
    async remove({ id, popReceipt }) {
      await client.deleteMessage(id, popReceipt);
    },
    async send(text) {
      await client.sendMessage(text);
    },
  };
}

/** Azure Storage Queues for sending, by connection string (Azurite) or by managed identity. */
import type { QueueServiceClient } from "@azure/storage-queue";
import type { Config } from "../../config.ts";
import type { QueueSender } from "../../http/serve-queue.ts";

/** Storage Queues take at most seven days. */
const MAX_DELAY_SECONDS = 7 * 86_400;
const SEND_TIMEOUT_MS = 10_000;

type QueueConfig = Pick<
  Config,
  "AzureWebJobsStorage" | "AzureWebJobsStorage__queueServiceUri" | "AzureWebJobsStorage__clientId"
>;

export interface CheckedQueueSender extends QueueSender {
  /** Whether the service answers. @throws what the service says. */
  check(signal: AbortSignal): Promise<void>;
}

export function createQueueSender(config: QueueConfig): CheckedQueueSender {
  let service: Promise<QueueServiceClient> | null = null;
  const created = new Set<string>();
  const open = () => {
    service ??= connect(config);
    return service;
  };
  return {
    async send(queue, body, afterSeconds, signal) {
      const client = (await open()).getQueueClient(queue);
      const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
      if (!created.has(queue)) {
        await client.createIfNotExists({ abortSignal });
        created.add(queue);
      }
      const visibilityTimeout = Math.min(Math.ceil(afterSeconds), MAX_DELAY_SECONDS);
      // Plain text, as host.json's messageEncoding "none" has it: what a host cannot decode it cannot hand over either.
      await client.sendMessage(toXmlText(body), { visibilityTimeout, abortSignal });
    },
    async check(signal) {
      await (await open()).getProperties({ abortSignal: signal });
    },
  };
}

/** The SDK escapes markup; these characters XML 1.0 cannot carry or parsers mangle, and JSON writes them otherwise. */
function toXmlText(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function connect(config: QueueConfig): Promise<QueueServiceClient> {
  const { QueueServiceClient } = await import("@azure/storage-queue");
  if (config.AzureWebJobsStorage)
    return QueueServiceClient.fromConnectionString(config.AzureWebJobsStorage);
  const uri = config.AzureWebJobsStorage__queueServiceUri;
  if (!uri) throw new Error("no queue storage is configured: set AzureWebJobsStorage");
  const { ManagedIdentityCredential } = await import("@azure/identity");
  const clientId = config.AzureWebJobsStorage__clientId;
  return new QueueServiceClient(
    uri,
    clientId ? new ManagedIdentityCredential({ clientId }) : new ManagedIdentityCredential(),
  );
}

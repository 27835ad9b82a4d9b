/** The queue and blob storage of a laptop: Azurite in a process of its own, on its usual ports or free ones. */
import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { accepts, freePort, isFree } from "./ports.ts";

export interface QueueService {
  readonly connectionString: string;
  stop(): Promise<void>;
}

const USUAL_PORT = 10_001;
const USUAL_BLOB_PORT = 10_000;
const START_LIMIT_MS = 30_000;
const PROBE_LIMIT_MS = 2_000;
/** Azurite's published account; it opens nothing but an emulator. */
const ACCOUNT = "devstoreaccount1";
const ACCOUNT_KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

export interface QueueServiceOptions {
  /** Whether a queue service that answers on the usual port already is as good as one of our own. Default false. */
  readonly share?: boolean;
  /** Default 10 001. */
  readonly usualPort?: number;
}

/** Whether a setting means "the emulator of this machine", by its published short form. */
export const isDevelopmentStorage = (connectionString: string): boolean =>
  /^\s*UseDevelopmentStorage\s*=\s*true\s*;?\s*$/i.test(connectionString);

/** @throws Error, in one sentence, when the service ends before it listens. */
export async function startQueueService(
  folder: string,
  { share = false, usualPort = USUAL_PORT }: QueueServiceOptions = {},
): Promise<QueueService> {
  const free = await isFree(usualPort);
  if (!free && share && (await isQueueService(usualPort)))
    return {
      connectionString: connectionStringOf(usualPort, USUAL_BLOB_PORT),
      stop: async () => undefined,
    };
  return spawnQueueService(
    folder,
    free ? usualPort : await freePort(),
    (await isFree(USUAL_BLOB_PORT)) ? USUAL_BLOB_PORT : await freePort(),
  );
}

async function spawnQueueService(
  folder: string,
  port: number,
  blobPort: number,
): Promise<QueueService> {
  const location = join(folder, "azurite");
  mkdirSync(location, { recursive: true });
  const flags = [
    "--silent",
    "--skipApiVersionCheck",
    "--disableTelemetry",
    "--location",
    location,
    "--queueHost",
    "127.0.0.1",
    "--queuePort",
    String(port),
    "--blobHost",
    "127.0.0.1",
    "--blobPort",
    String(blobPort),
  ];
  const child = fork(join(import.meta.dirname, "azurite-child.ts"), flags, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString("utf8")).slice(-500);
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stillThere = () => {
    if (child.exitCode !== null)
      throw new Error(
        `The queue service (Azurite) could not start from ${location}: ${complaint.trim().split("\n").at(-1) ?? "no reason given"}.`,
      );
  };
  await untilListening(port, stillThere);
  await untilListening(blobPort, stillThere);
  return {
    connectionString: connectionStringOf(port, blobPort),
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

const connectionStringOf = (port: number, blobPort: number) =>
  `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};QueueEndpoint=http://127.0.0.1:${port}/${ACCOUNT};BlobEndpoint=http://127.0.0.1:${blobPort}/${ACCOUNT};`;

/** Asks as the application will: another program, or an emulator that refuses the account, does not count. */
async function isQueueService(port: number): Promise<boolean> {
  const { QueueServiceClient } = await import("@azure/storage-queue");
  const client = QueueServiceClient.fromConnectionString(
    connectionStringOf(port, USUAL_BLOB_PORT),
    {
      retryOptions: { maxTries: 1 },
    },
  );
  try {
    await client.getProperties({ abortSignal: AbortSignal.timeout(PROBE_LIMIT_MS) });
    return true;
  } catch {
    return false;
  }
}

async function untilListening(port: number, check: () => void): Promise<void> {
  const limit = Date.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    check();
    if (Date.now() > limit)
      throw new Error("The queue service (Azurite) did not start within 30 seconds.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

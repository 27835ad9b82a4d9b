/** Starts real Azurite queue and blob services on free loopback ports. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { accepts, freePort } from "../../local/ports.ts";

export { freePort };

export interface Azurite {
  readonly connectionString: string;
  stop(): Promise<void>;
}

/** Azurite's published account; it opens nothing but an emulator. */
const account = "devstoreaccount1";
const accountKey =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** `port`, of the queues, is for a test that must know the address before the service is there. */
export async function startAzurite(port?: number): Promise<Azurite> {
  const [queuePort, blobPort] = [port ?? (await freePort()), await freePort()];
  const child = fork(
    join(import.meta.dirname, "../../local/azurite-child.ts"),
    [
      ...["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--inMemoryPersistence"],
      ...["--queueHost", "127.0.0.1", "--queuePort", `${queuePort}`],
      ...["--blobHost", "127.0.0.1", "--blobPort", `${blobPort}`],
    ],
    { stdio: "ignore" },
  );
  const exited = once(child, "exit");
  const ended = () => child.exitCode !== null;
  await untilListening(queuePort, ended);
  await untilListening(blobPort, ended);
  return {
    connectionString: [
      "DefaultEndpointsProtocol=http",
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      `QueueEndpoint=http://127.0.0.1:${queuePort}/${account}`,
      `BlobEndpoint=http://127.0.0.1:${blobPort}/${account};`,
    ].join(";"),
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

async function untilListening(port: number, ended: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await accepts(port))) {
    if (ended()) throw new Error("Azurite ended before it listened.");
    if (Date.now() > deadline) throw new Error("Azurite did not listen within 30 s.");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

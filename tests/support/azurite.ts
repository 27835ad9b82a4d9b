/** Starts a real Azurite queue service on a free loopback port. */
import { spawn } from "node:child_process";
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

/** `port` is for a test that must know the address before the service is there. */
export async function startAzurite(port?: number): Promise<Azurite> {
  return startQueueService(port ?? (await freePort()));
}

async function startQueueService(port: number): Promise<Azurite> {
  const binary = join(import.meta.dirname, "../../node_modules/azurite/dist/src/queue/main.js");
  const flags = [
    "--silent",
    "--skipApiVersionCheck",
    "--disableTelemetry",
    "--inMemoryPersistence",
  ];
  const place = ["--queueHost", "127.0.0.1", "--queuePort", `${port}`];
  const child = spawn(process.execPath, [binary, ...flags, ...place], { stdio: "ignore" });
  const exited = once(child, "exit");
  await untilListening(port, () => child.exitCode !== null);
  return {
    connectionString: [
      "DefaultEndpointsProtocol=http",
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      `QueueEndpoint=http://127.0.0.1:${port}/${account};`,
    ].join(";"),
    async stop() {
      child.kill();
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

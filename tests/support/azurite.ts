/** Starts a real Azurite service, queues or blobs, on a free loopback port. */
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
  return startService("queue", port ?? (await freePort()));
}

/** As `startAzurite`, for Blob Storage. */
export async function startAzuriteBlobs(): Promise<Azurite> {
  return startService("blob", await freePort());
}

async function startService(service: "queue" | "blob", port: number): Promise<Azurite> {
  const root = join(import.meta.dirname, "../../node_modules/azurite/dist/src");
  const binary = join(root, service, "main.js");
  const flags = [
    "--silent",
    "--skipApiVersionCheck",
    "--disableTelemetry",
    "--inMemoryPersistence",
  ];
  const place = [`--${service}Host`, "127.0.0.1", `--${service}Port`, `${port}`];
  const child = spawn(process.execPath, [binary, ...flags, ...place], { stdio: "ignore" });
  const exited = once(child, "exit");
  await untilListening(port, () => child.exitCode !== null);
  return {
    connectionString: [
      "DefaultEndpointsProtocol=http",
      `AccountName=${account}`,
      `AccountKey=${accountKey}`,
      `${service === "queue" ? "Queue" : "Blob"}Endpoint=http://127.0.0.1:${port}/${account};`,
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

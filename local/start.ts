/** `npm start`: builds, starts the queue service and the local host, prints how to begin, and stops it all at Ctrl-C. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buildAll } from "../scripts/build.ts";
import { isWellFormedKey } from "../shared/access/key-format.ts";
import { loadConfig } from "../shared/config.ts";
import { isDevelopmentStorage, type QueueService, startQueueService } from "./azurite.ts";
import { banner } from "./banner.ts";
import { claimDataFolder } from "./data-folder.ts";
import { teachDemo } from "./demo-model.ts";
import { loadLocalSettings } from "./host/local-settings.ts";
import { type RunningHost, startHost } from "./host/start-host.ts";
import { isFree } from "./ports.ts";

const root = resolve(import.meta.dirname, "..");
const DEFAULT_PORT = 7_071;
const OLDEST_NODE = 22;
/** What a laptop gets where the environment and local.settings.json say nothing. */
const LAPTOP = {
  MCP_ENVIRONMENT: "local",
  DEMO_SOURCE: "true",
  OUTBOUND_ALLOW: "127.0.0.0/8,::1/128,localhost",
};

type Undo = () => Promise<void> | void;

async function start(undo: Undo[]): Promise<void> {
  const started = performance.now();
  const major = Number(process.versions.node.split(".")[0]);
  if (major < OLDEST_NODE)
    throw new Error(
      `Node ${process.versions.node} is too old: run npm ci, which brings Node 24 for npm scripts.`,
    );
  process.chdir(root);
  await loadLocalSettings(root);
  for (const [name, value] of Object.entries(LAPTOP)) process.env[name] ??= value;
  const port = readPort(process.env.PORT);
  const config = loadConfig(process.env);
  if (!(await isFree(port)))
    throw new Error(
      `Port ${port} is taken: stop what listens there, or choose another with PORT=7072 npm start.`,
    );

  const folder = config.MCP_DATA_DIR;
  const claim = claimDataFolder(folder);
  undo.push(claim.release);
  const chosenKey = config.BOOTSTRAP_ADMIN_KEY;
  const keyPath = chosenKey ? null : `${folder}/admin-key`;
  // A damaged key file is told at once, in its own words; a missing one the application makes.
  if (keyPath) await readAdminKey(keyPath);
  const [queues] = await Promise.all([
    provideQueues(folder, process.env.AzureWebJobsStorage),
    process.argv.includes("--no-build") ? null : buildAll(),
  ]);
  if (queues) {
    undo.push(queues.stop);
    process.env.AzureWebJobsStorage = queues.connectionString;
  }
  const host = await startHost({
    entry: "dist/main.mjs",
    hostJsonPath: "host.json",
    port,
    stateDir: `${folder}/timers`,
  });
  undo.push(host.stop);
  await untilReady(host, folder);
  const adminKey = chosenKey ?? (keyPath && (await readAdminKey(keyPath))) ?? "";
  await warmUp(host, adminKey);
  await teachDemo({ url: host.url, adminKey, folder });
  console.log(
    banner({
      url: host.url,
      functions: host.functions,
      adminKey,
      keyPath,
      readyMs: performance.now() - started,
    }),
  );
}

/** Where the settings name no storage, or the emulator, that is here; an operator's own is left alone. */
async function provideQueues(
  folder: string,
  chosen: string | undefined,
): Promise<QueueService | null> {
  // Without a word about storage two data folders stay apart; who names the emulator may run it already.
  if (!chosen) return startQueueService(folder);
  return isDevelopmentStorage(chosen) ? startQueueService(folder, { share: true }) : null;
}

/** The first request opens the database and makes the admin key. */
async function untilReady(host: RunningHost, folder: string): Promise<void> {
  const ready = await fetch(`${host.url}/api/health/ready`);
  if (ready.status === 200) return;
  throw new Error(
    `The application could not start; the lines above say why. If the data in ${folder} are damaged, move that folder away to begin afresh.`,
  );
}

/** The sample source opens at its first use; a first question should not wait for that. */
async function warmUp(host: RunningHost, adminKey: string): Promise<void> {
  await fetch(`${host.url}/api/sources/demo/schema?detail=names`, {
    headers: { "x-api-key": adminKey },
  });
}

/** Null when there is none yet. @throws Error, in one sentence, when the file holds something else. */
async function readAdminKey(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  const key = text.trim();
  if (!isWellFormedKey(key, "local"))
    throw new Error(`${path} does not hold an API key: remove the file to have a new one made.`);
  return key;
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === "") return DEFAULT_PORT;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error("PORT must be a number from 1 to 65535.");
  return port;
}

async function main(): Promise<void> {
  const undo: Undo[] = [];
  let stopping = false;
  const stop = async (code: number) => {
    if (stopping) process.exit(code || 1);
    stopping = true;
    for (const step of undo.reverse())
      await Promise.resolve(step()).catch((error: unknown) => console.error(error));
    process.exit(code);
  };
  // Node undoes what nohup set. Whoever sends the output elsewhere wants this to outlive the terminal; else SIGHUP ends it.
  if (!process.stdout.isTTY) process.on("SIGHUP", () => undefined);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (!stopping) console.log(`Stopping (${signal})…`);
      void stop(0);
    });
  // A stray rejection is a defect to be seen, not a reason to drop every request that is being served.
  process.on("unhandledRejection", (error) => console.error("unhandled rejection", error));
  try {
    await start(undo);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await stop(1);
  }
}

await main();

/** What a measurement of the query path stands on: a real PostgreSQL, the platform over it, and a bare server beside it. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { startQueueService } from "../local/azurite.ts";
import { startPostgres } from "../local/postgres.ts";
import { generateKey } from "../shared/access/key-format.ts";

export interface OpenBench {
  /** Without a database's name. */
  readonly postgresUrl: string;
  readonly platformUrl: string;
  readonly key: string;
  /** Runs the statement that was given through pg for every request. */
  readonly bareUrl: string;
  /** Connection string of the storage that the platform has. */
  readonly storage: string;
  /** The settings that the platform was started with. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends the platform and starts it on the same data. @returns its new address. */
  restart(): Promise<string>;
  stop(): Promise<void>;
}

/** The platform has the database as its source `bench`. */
export async function openBench(folder: string, sql: string): Promise<OpenBench> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    return await openParts(folder, sql, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One after the other: a machine that starts everything at once lets some of it run out of time. */
async function openParts(
  folder: string,
  sql: string,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<OpenBench> {
  const postgres = await startPostgres(join(folder, "postgres"), { fsync: "on" });
  stops.push(postgres.stop);
  const queues = await startQueueService(folder);
  stops.push(queues.stop);
  const key = generateKey("local");
  const env = {
    MCP_DATA_DIR: folder,
    BOOTSTRAP_ADMIN_KEY: key,
    DEMO_SOURCE: "true",
    OUTBOUND_ALLOW: "127.0.0.0/8",
    AzureWebJobsStorage: queues.connectionString,
  };
  let platform = await startProcess("platform-server.ts", [], env);
  stops.push(() => platform.stop());
  const bare = await startProcess("bare-server.ts", ["pg", `${postgres.url}/postgres`, sql], {});
  stops.push(bare.stop);
  await registerSource(platform.url, key, databaseSource(postgres.url));
  return {
    postgresUrl: postgres.url,
    platformUrl: platform.url,
    bareUrl: bare.url,
    key,
    env,
    storage: queues.connectionString,
    restart: async () => {
      await platform.stop();
      platform = await startProcess("platform-server.ts", [], env);
      return platform.url;
    },
    stop,
  };
}

function databaseSource(postgresUrl: string): object {
  const { hostname: host, port, username: user, password } = new URL(postgresUrl);
  return {
    source_id: "bench",
    type: "postgres",
    config: { host, port: Number(port), database: "postgres", ssl: "disable" },
    credentials: { user, password },
  };
}

export async function registerSource(url: string, key: string, source: object): Promise<void> {
  const made = await fetch(`${url}/api/sources`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(source),
  });
  if (made.status !== 201) throw new Error(await made.text());
}

export async function startProcess(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, file), args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(message as number));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    url: `http://127.0.0.1:${port}`,
    /** Resolves when the process has ended. */
    stop: () => {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}

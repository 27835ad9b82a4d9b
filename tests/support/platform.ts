/** The whole platform in this process: the shipped bundle in the local host, over real storage queues. */
import { existsSync } from "node:fs";
import type { HostLogLevel } from "../../local/host/host-log.ts";
import { type RunningHost, startHost } from "../../local/host/start-host.ts";
import { generateKey } from "../../shared/access/key-format.ts";
import { startAzurite } from "./azurite.ts";
import { makeDataDir } from "./databases.ts";

export interface LogLine {
  readonly level: HostLogLevel;
  readonly category: string;
  readonly message: string;
}

export interface Platform {
  readonly host: RunningHost;
  readonly adminKey: string;
  readonly log: readonly LogLine[];
  /** Sends JSON with the admin key unless `headers` say otherwise. `path` is below /api/. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any;
  readonly text: string;
}

/** Settings that a test gives; everything else is the laptop's default in a folder of its own. */
export async function startPlatform(settings: Record<string, string> = {}): Promise<Platform> {
  if (!existsSync("dist/main.mjs"))
    throw new Error("dist/main.mjs is missing: run npm run build first");
  const [azurite, folder] = await Promise.all([startAzurite(), makeDataDir()]);
  const adminKey = generateKey("test");
  Object.assign(process.env, {
    MCP_ENVIRONMENT: "test",
    MCP_DATA_DIR: folder.path,
    BOOTSTRAP_ADMIN_KEY: adminKey,
    DEMO_SOURCE: "true",
    OUTBOUND_ALLOW: "127.0.0.0/8",
    AzureWebJobsStorage: azurite.connectionString,
    ...settings,
  });
  const log: LogLine[] = [];
  const host = await startHost({
    entry: "dist/main.mjs",
    hostJsonPath: "host.json",
    port: 0,
    stateDir: `${folder.path}/timers`,
    log: (level, category, message) => log.push({ level, category, message }),
  });
  return {
    host,
    adminKey,
    log,
    call: (method, path, body, headers) =>
      call(`${host.url}/api/${path}`, method, body, { "x-api-key": adminKey, ...headers }),
    stop: async () => {
      await host.stop();
      await azurite.stop();
      await folder.remove();
    },
  };
}

async function call(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const hasBody = body !== undefined;
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: { ...(hasBody && { "content-type": "application/json" }), ...headers },
    ...(hasBody && { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== "" ? JSON.parse(text) : null,
  };
}

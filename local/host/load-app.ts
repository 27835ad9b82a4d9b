/** Loads the entry file under the emulated core module and asks the library which mode it runs in. */
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { pathToFileURL } from "node:url";
import type { CoreRegistry } from "./core-module.ts";
import type { HookCallback, ProgrammingModel, StreamGate } from "./core-types.ts";

export interface LoadedApp {
  readonly model: ProgrammingModel;
  /** Present when the app said `app.setup({ enableHttpStream: true })`. */
  readonly gate: StreamGate | undefined;
}

let loads = 0;

/** Rejects with the very error that the entry file threw: a bad app must not start quietly. */
export async function loadApp(
  entry: string,
  registry: CoreRegistry,
  appHookData: Record<string, unknown>,
): Promise<LoadedApp> {
  const url = pathToFileURL(entry);
  // The module cache is per process; the query makes a second start read the file again.
  if (loads > 0) url.searchParams.set("v", `${loads}`);
  loads += 1;
  await import(/* @vite-ignore */ url.href);
  const model = registry.module.getProgrammingModel();
  if (!model) {
    throw new Error(
      `${entry} registered no function: nothing called @azure/functions' app object.`,
    );
  }
  registry.seal();
  await runHooks(registry.hooks.appStart, { hookData: appHookData, appHookData });
  return { model, gate: await openGate(model) };
}

/** Hooks run one after another, in the order in which they were registered. */
export async function runHooks(
  hooks: readonly HookCallback[],
  context: Record<string, unknown>,
): Promise<void> {
  for (const hook of hooks) await hook(context);
}

/**
 * In streaming mode the library starts an inner HTTP server, and the real host forwards each
 * request to it over TCP. Here that server is taken over before it listens: no port is opened,
 * and requests are handed to it as events.
 */
async function openGate(model: ProgrammingModel): Promise<StreamGate | undefined> {
  const original = http.createServer;
  let captured: http.Server | undefined;
  setCreateServer(((...args: Parameters<typeof original>) => {
    captured = neverListening(original(...args));
    return captured;
  }) as typeof original);
  let pending: Promise<Record<string, string>>;
  try {
    // The library creates its server before its first await, so the patch lives for this call only.
    pending = model.getCapabilities({});
  } finally {
    setCreateServer(original);
  }
  const capabilities = await pending;
  if (capabilities.HttpUri === undefined) return undefined;
  const server = captured;
  if (!server) throw new Error("@azure/functions streams HTTP but its inner server was not found.");
  return (request, response) => {
    server.emit("request", request, response);
  };
}

/** For those who required `http`, and for those who imported it: the bundle's library does. */
function setCreateServer(createServer: typeof http.createServer): void {
  Object.assign(http, { createServer });
  syncBuiltinESMExports();
}

function neverListening(server: http.Server): http.Server {
  const listen = (...args: unknown[]) => {
    const ready = args.find((arg) => typeof arg === "function");
    queueMicrotask(() => ready?.());
    return server;
  };
  const address = () => ({ address: "127.0.0.1", family: "IPv4", port: 1 });
  return Object.assign(server, { listen, address });
}

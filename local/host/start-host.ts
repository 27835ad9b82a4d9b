/** Starts our local Azure Functions host: loads the bundle that ships and behaves as the real host. */
import { join } from "node:path";
import type { CoreRegistry } from "./core-module.ts";
import { createCoreRegistry, provideCoreModule } from "./core-module.ts";
import type { FunctionSummary, HostFunction } from "./function-catalogue.ts";
import { catalogueFunctions, ofTrigger, summarise } from "./function-catalogue.ts";
import type { HostClock } from "./host-clock.ts";
import { systemClock } from "./host-clock.ts";
import type { HostSettings } from "./host-json.ts";
import { readHostSettings } from "./host-json.ts";
import type { HostLog } from "./host-log.ts";
import { consoleLog, filterLog } from "./host-log.ts";
import { createHttpFront } from "./http-front.ts";
import { openHttpServer } from "./http-server.ts";
import { createInvoker } from "./invocation.ts";
import type { LoadedApp } from "./load-app.ts";
import { loadApp, runHooks } from "./load-app.ts";
import { createManualRuns, runWarmups } from "./manual-runs.ts";
import { createQueueListeners } from "./queue-listeners.ts";
import { sendQueueOutputs } from "./queue-message.ts";
import { createQueueOpener } from "./queue-storage.ts";
import { drain, terminateApp } from "./shutdown.ts";
import { createTimerListener } from "./timer-listener.ts";
import { openTimerState } from "./timer-state.ts";

export interface StartHostOptions {
  /** Path of the entry file (an ES module), normally `dist/main.mjs`. */
  readonly entry: string;
  readonly hostJsonPath: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Default `127.0.0.1`. */
  readonly hostname?: string;
  /** Where the timers remember their last run. */
  readonly stateDir: string;
  /** Default: the console. Lines are already filtered by host.json. */
  readonly log?: HostLog;
  readonly clock?: HostClock;
  /** How long running invocations may take to end at a stop. Default 10 000. */
  readonly graceMs?: number;
}

export interface RunningHost {
  readonly url: string;
  readonly port: number;
  readonly functions: readonly FunctionSummary[];
  /** Runs a timer, queue or warm-up function once; rejects with what its handler threw. */
  invoke(functionName: string, input?: string): Promise<void>;
  /** Drains and closes; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Rejects with the entry file's own error when it throws, and with one clear sentence when
 * host.json is malformed, a binding is unknown here, two routes collide or the port is taken.
 */
export async function startHost(options: StartHostOptions): Promise<RunningHost> {
  const settings = await readHostSettings(options.hostJsonPath);
  const log = filterLog(options.log ?? consoleLog, settings.logLevels);
  const registry = createCoreRegistry((level, _, message) => log(level, "Host.Worker", message));
  const appHookData: Record<string, unknown> = {};
  const release = provideCoreModule(registry.module);
  try {
    const app = await loadApp(options.entry, registry, appHookData);
    const functions = catalogueFunctions(registry.functions.values(), process.env);
    const terminate = () =>
      runHooks(registry.hooks.appTerminate, { hookData: appHookData, appHookData });
    const host = {
      options,
      settings,
      log,
      registry,
      appHookData,
      app,
      functions,
      terminate,
      release,
    };
    return await runHost(host);
  } catch (error) {
    release();
    throw error;
  }
}

interface HostParts {
  readonly options: StartHostOptions;
  readonly settings: HostSettings;
  readonly log: HostLog;
  readonly registry: CoreRegistry;
  readonly appHookData: Record<string, unknown>;
  readonly app: LoadedApp;
  readonly functions: readonly HostFunction[];
  readonly terminate: () => Promise<void>;
  readonly release: () => void;
}

async function runHost(parts: HostParts): Promise<RunningHost> {
  const { options, functions, log } = parts;
  const host = await assembleHost(parts);
  const { front, queues, timers } = host;
  const hostname = options.hostname ?? "127.0.0.1";
  const server = await openHttpServer(front.handle, { port: options.port, hostname });
  const stopOnce = async () => {
    front.refuseNew();
    server.refuseNew();
    for (const timer of timers) timer.stop();
    await queues.stop();
    const settled = [...timers, queues, host.invoker];
    const idle = () => Promise.all(settled.map((part) => part.idle()));
    await drain({ ...host, idle, log, abort: front.abort });
    await terminateApp({ ...host, log, terminate: parts.terminate });
    await server.close();
    parts.release();
  };
  try {
    await runWarmups(functions, host.invoke);
    await queues.start();
    for (const timer of timers) await timer.start();
  } catch (error) {
    for (const timer of timers) timer.stop();
    await Promise.all([queues.stop(), server.close()]);
    throw error;
  }
  front.open();
  const where = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.port}`;
  log(
    "information",
    "Host.Startup",
    `${functions.length} functions loaded, listening on ${where}.`,
  );
  let stopping: Promise<void> | undefined;
  return {
    url: where,
    port: server.port,
    functions: host.summaries,
    invoke: host.invoke,
    stop() {
      stopping ??= stopOnce();
      return stopping;
    },
  };
}

/** Wires the parts; throws for a bad schedule or colliding routes, and starts nothing yet. */
async function assembleHost(parts: HostParts) {
  const { options, settings, log, functions, app } = parts;
  const clock = options.clock ?? systemClock;
  const openQueue = createQueueOpener(process.env);
  const invoker = createInvoker({
    registry: parts.registry,
    model: app.model,
    appHookData: parts.appHookData,
    clock,
    log,
    functionTimeoutMs: settings.functionTimeoutMs,
    sendOutputs: (fn, response) =>
      sendQueueOutputs(fn, response, {
        openQueue,
        encoding: settings.queues.messageEncoding,
        onSent: (queueName) => queues.wake(queueName),
      }),
  });
  const state = await openTimerState(join(options.stateDir, "timers.json"), (message) =>
    log("warning", "Host.Triggers.Timer", message),
  );
  const timers = ofTrigger(functions, "timer").map((fn) =>
    createTimerListener(fn, { invoker, clock, state, log }),
  );
  const queueDeps = { openQueue, invoker, settings: settings.queues, clock, log };
  const queues = createQueueListeners(ofTrigger(functions, "queue"), queueDeps);
  const summaries = functions.map((fn) => summarise(fn, settings.routePrefix));
  const invoke = createManualRuns({ functions, timers, invoker });
  const front = createHttpFront({ functions, summaries, invoker, invoke, gate: app.gate });
  return {
    front,
    queues,
    timers,
    invoke,
    invoker,
    summaries,
    clock,
    graceMs: options.graceMs ?? 10_000,
  };
}

/** Turns registered bindings into the host's own view of each function, refusing what it cannot run. */
import type { RegisteredFunction } from "./core-module.ts";
import type { FunctionCallback, FunctionMetadata, RpcBindingInfo } from "./core-types.ts";

export interface HttpTrigger {
  readonly type: "http";
  readonly bindingName: string;
  readonly methods: readonly string[];
  /** Without the prefix and without slashes at the ends. */
  readonly route: string;
}

export interface TimerTrigger {
  readonly type: "timer";
  readonly bindingName: string;
  readonly schedule: string;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
}

export interface QueueTrigger {
  readonly type: "queue";
  readonly bindingName: string;
  readonly queueName: string;
  readonly connection: string;
}

export interface WarmupTrigger {
  readonly type: "warmup";
  readonly bindingName: string;
}

export type Trigger = HttpTrigger | TimerTrigger | QueueTrigger | WarmupTrigger;

export interface QueueOutput {
  /** `$return` for the return value. */
  readonly bindingName: string;
  readonly queueName: string;
  readonly connection: string;
}

export interface HostFunction<T extends Trigger = Trigger> {
  readonly name: string;
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
  readonly trigger: T;
  readonly queueOutputs: readonly QueueOutput[];
}

export interface FunctionSummary {
  readonly name: string;
  readonly trigger: Trigger["type"];
  readonly methods?: readonly string[];
  /** The full path template with the prefix, for example `/api/models/{id}`. */
  readonly route?: string;
  readonly schedule?: string;
  readonly queueName?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Throws one error that lists every function that this host cannot run. */
export function catalogueFunctions(
  registered: Iterable<RegisteredFunction>,
  env: Env,
): readonly HostFunction[] {
  const problems: string[] = [];
  const functions: HostFunction[] = [];
  for (const entry of registered) {
    try {
      if (!isDisabled(entry.metadata.name, env)) functions.push(describeFunction(entry, env));
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return functions;
}

/** The app setting that turns one function off, in both spellings the real host accepts. */
function isDisabled(name: string, env: Env): boolean {
  const value = env[`AzureWebJobs.${name}.Disabled`] ?? env[`AzureWebJobs__${name}__Disabled`];
  return value === "1" || value?.toLowerCase() === "true";
}

function describeFunction({ metadata, callback }: RegisteredFunction, env: Env): HostFunction {
  let trigger: Trigger | undefined;
  const queueOutputs: QueueOutput[] = [];
  for (const [bindingName, binding] of Object.entries(metadata.bindings)) {
    const type = (binding.type ?? "").toLowerCase();
    const read = settingReader(metadata.name, binding, env);
    if (type.endsWith("trigger")) {
      trigger = describeTrigger(metadata.name, bindingName, binding, read);
    } else if (type === "queue" && binding.direction === "out") {
      queueOutputs.push({ bindingName, ...queueTarget(read) });
    } else if (type !== "http" || binding.direction !== "out") {
      throw new Error(
        `Function "${metadata.name}" has ${article(binding)} binding of type "${binding.type}", which the local host does not support.`,
      );
    }
  }
  if (!trigger) throw new Error(`Function "${metadata.name}" has no trigger.`);
  return { name: metadata.name, metadata, callback, trigger, queueOutputs };
}

function article(binding: RpcBindingInfo): string {
  return binding.direction === "out" ? "an output" : "an input";
}

function describeTrigger(
  functionName: string,
  bindingName: string,
  binding: RpcBindingInfo,
  read: SettingReader,
): Trigger {
  switch ((binding.type ?? "").toLowerCase()) {
    case "httptrigger":
      return { type: "http", bindingName, ...httpTarget(functionName, binding) };
    case "timertrigger":
      return {
        type: "timer",
        bindingName,
        schedule: read("schedule"),
        runOnStartup: binding.runOnStartup === true,
        useMonitor: binding.useMonitor !== false,
      };
    case "queuetrigger":
      return { type: "queue", bindingName, ...queueTarget(read) };
    case "warmuptrigger":
      return { type: "warmup", bindingName };
    default:
      throw new Error(
        `Function "${functionName}" has a trigger of type "${binding.type}", which the local host does not support.`,
      );
  }
}

function httpTarget(functionName: string, binding: RpcBindingInfo) {
  const methods = Array.isArray(binding.methods) ? binding.methods : ["GET", "POST"];
  const route = typeof binding.route === "string" ? binding.route : functionName;
  return {
    methods: methods.map((method) => String(method).toUpperCase()),
    route: route.replace(/^\/+|\/+$/g, ""),
  };
}

function queueTarget(read: SettingReader) {
  // The storage service knows lower-case queue names only; the real extension lowers them too.
  return {
    queueName: read("queueName").toLowerCase(),
    connection: read("connection", "AzureWebJobsStorage"),
  };
}

type SettingReader = (property: string, fallback?: string) => string;

/** Reads a text property of a binding and resolves `%SETTING%` in it from the environment. */
function settingReader(functionName: string, binding: RpcBindingInfo, env: Env): SettingReader {
  return (property, fallback) => {
    const value = binding[property] || fallback;
    if (typeof value !== "string") {
      throw new Error(`Function "${functionName}": its ${binding.type} lacks "${property}".`);
    }
    return value.replace(/%([^%]+)%/g, (_, setting: string) => {
      const resolved = env[setting];
      if (resolved !== undefined) return resolved;
      throw new Error(
        `Function "${functionName}": the setting %${setting}% of "${property}" is not set.`,
      );
    });
  };
}

export function summarise(fn: HostFunction, routePrefix: string): FunctionSummary {
  const { name, trigger } = fn;
  switch (trigger.type) {
    case "http":
      return {
        name,
        trigger: "http",
        methods: trigger.methods,
        route: `/${[routePrefix, trigger.route].filter((part) => part !== "").join("/")}`,
      };
    case "timer":
      return { name, trigger: "timer", schedule: trigger.schedule };
    case "queue":
      return { name, trigger: "queue", queueName: trigger.queueName };
    case "warmup":
      return { name, trigger: "warmup" };
  }
}

export function ofTrigger<K extends Trigger["type"]>(
  functions: readonly HostFunction[],
  type: K,
): readonly HostFunction<Extract<Trigger, { type: K }>>[] {
  return functions.filter((fn) => fn.trigger.type === type) as never;
}

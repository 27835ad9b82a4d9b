/** Runs one invocation as the real Node worker does: arguments, hooks, handler, hooks, response. */
import type { CoreRegistry } from "./core-module.ts";
import type {
  CoreInvocationContext,
  CoreLog,
  FunctionCallback,
  InvocationModel,
  LibraryContext,
  ProgrammingModel,
  RpcInvocationResponse,
  RpcParameterBinding,
  RpcTraceContext,
  RpcTypedData,
} from "./core-types.ts";
import type { HostFunction } from "./function-catalogue.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostLog } from "./host-log.ts";
import { errorText } from "./host-log.ts";
import { runHooks } from "./load-app.ts";

export interface InvocationCall {
  readonly invocationId: string;
  readonly input: RpcParameterBinding;
  readonly triggerMetadata: Record<string, RpcTypedData>;
  readonly traceContext: RpcTraceContext;
}

/** `answer` lets the library send one more response of the host's choosing (an empty 204 or 500). */
export type InvocationOutcome = { readonly answer: (result: unknown) => Promise<unknown> } & (
  | { readonly kind: "succeeded"; readonly response: RpcInvocationResponse }
  | { readonly kind: "failed"; readonly error: unknown }
);

export interface Invoker {
  /** Never rejects: a failure is an outcome, and is logged here. */
  run(fn: HostFunction, call: InvocationCall): Promise<InvocationOutcome>;
  readonly running: number;
  /** Resolves when nothing runs any more. */
  idle(): Promise<void>;
}

export interface InvokerDeps {
  readonly registry: CoreRegistry;
  readonly model: ProgrammingModel;
  readonly appHookData: Record<string, unknown>;
  readonly clock: HostClock;
  readonly log: HostLog;
  readonly functionTimeoutMs: number | undefined;
  /** Sends the queue outputs of a success; a failure there fails the invocation. */
  readonly sendOutputs: (fn: HostFunction, response: RpcInvocationResponse) => Promise<void>;
}

export function createInvoker(deps: InvokerDeps): Invoker {
  let running = 0;
  let waiting: (() => void)[] = [];
  const finish = () => {
    running -= 1;
    if (running > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return {
    get running() {
      return running;
    },
    async run(fn, call) {
      running += 1;
      const cancelTimeout = watchTimeout(deps, fn, call);
      try {
        return await runInvocation(deps, fn, call);
      } finally {
        cancelTimeout();
        finish();
      }
    },
    idle: () =>
      running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
}

/** The real host recycles the worker at this point; here the line in the log is the warning. */
function watchTimeout(deps: InvokerDeps, fn: HostFunction, call: InvocationCall): () => void {
  const limitMs = deps.functionTimeoutMs;
  if (limitMs === undefined) return () => {};
  return deps.clock.schedule(() => {
    const message = `Timeout value of ${limitMs / 1000} s exceeded by function 'Functions.${fn.name}' (Id: '${call.invocationId}').`;
    deps.log("error", `Function.${fn.name}`, message);
  }, limitMs);
}

async function runInvocation(
  deps: InvokerDeps,
  fn: HostFunction,
  call: InvocationCall,
): Promise<InvocationOutcome> {
  const scope: Scope = { context: undefined, hookData: {} };
  const core: CoreInvocationContext = {
    invocationId: call.invocationId,
    metadata: fn.metadata,
    request: {
      invocationId: call.invocationId,
      functionId: fn.name,
      inputData: [call.input],
      triggerMetadata: call.triggerMetadata,
      traceContext: call.traceContext,
    },
    log: invocationLog(deps, fn, scope),
  };
  const model = deps.model.getInvocationModel(core);
  // Where the arguments could not be made there is no context; the library reads only these two.
  const bare: LibraryContext = { invocationId: call.invocationId, extraOutputs: new Map() };
  const answer = (result: unknown) => model.getResponse(scope.context ?? bare, result);
  try {
    const result = await callHandler(deps, fn.callback, { core, model, scope });
    const response = await model.getResponse(scope.context ?? bare, result);
    if (fn.queueOutputs.length > 0) await deps.sendOutputs(fn, response);
    return { kind: "succeeded", response, answer };
  } catch (error) {
    const message = `Executed 'Functions.${fn.name}' (Failed, Id=${call.invocationId}): ${errorText(error)}`;
    deps.log("error", `Function.${fn.name}`, message);
    return { kind: "failed", error, answer };
  }
}

interface Scope {
  context: LibraryContext | undefined;
  readonly hookData: Record<string, unknown>;
}

interface Running {
  readonly core: CoreInvocationContext;
  readonly model: InvocationModel;
  readonly scope: Scope;
}

async function callHandler(
  deps: InvokerDeps,
  callback: FunctionCallback,
  { core, model, scope }: Running,
): Promise<unknown> {
  const { context, inputs } = await model.getArguments();
  scope.context = context;
  const { preInvocation, postInvocation } = deps.registry.hooks;
  const shared = {
    hookData: scope.hookData,
    appHookData: deps.appHookData,
    invocationContext: context,
  };
  const before = { ...shared, inputs, functionCallback: callback };
  if (preInvocation.length > 0) {
    core.state = "preInvocationHooks";
    await runHooks(preInvocation, before);
  }
  const after = {
    ...shared,
    inputs: before.inputs,
    result: null as unknown,
    error: null as unknown,
  };
  core.state = "invocation";
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error ?? new Error("The function threw nothing.");
  }
  if (postInvocation.length > 0) {
    core.state = "postInvocationHooks";
    await runHooks(postInvocation, after);
  }
  core.state = undefined;
  if (after.error !== null && after.error !== undefined) throw after.error;
  return after.result;
}

/** Log hooks may change level and text of a line before it is written, as in the real worker. */
function invocationLog(deps: InvokerDeps, fn: HostFunction, scope: Scope): CoreLog {
  return (level, category, message) => {
    const entry = {
      level,
      message,
      category,
      invocationContext: scope.context,
      hookData: scope.hookData,
    };
    for (const hook of deps.registry.hooks.log) hook(entry);
    const suffix = category === "user" ? ".User" : "";
    deps.log(entry.level, `Function.${fn.name}${suffix}`, entry.message);
  };
}

/**
 * The caller's W3C trace where it sent one, else a new one: the real host always supplies one. An invocation's id is as
 * random as a trace's has to be, and its own first span.
 */
export function traceContext(
  invocationId: string,
  traceparent?: string,
  tracestate?: string,
): RpcTraceContext {
  if (traceparent !== undefined) {
    return { traceParent: traceparent, traceState: tracestate ?? "", attributes: {} };
  }
  const trace = invocationId.replaceAll("-", "");
  return { traceParent: `00-${trace}-${trace.slice(0, 16)}-00`, traceState: "", attributes: {} };
}

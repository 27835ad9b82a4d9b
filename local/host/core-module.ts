/** The emulated `@azure/functions-core`: what an app registers, and the `require` hook that hands it out. */
import { createRequire, Module } from "node:module";
import type {
  CoreDisposable,
  CoreLog,
  CoreModule,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  ProgrammingModel,
} from "./core-types.ts";

export const hostVersion = "4.1040.0";
const hookNames = ["appStart", "appTerminate", "preInvocation", "postInvocation", "log"] as const;
export type HookName = (typeof hookNames)[number];

export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
}

export interface CoreRegistry {
  readonly module: CoreModule;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly hooks: Readonly<Record<HookName, readonly HookCallback[]>>;
  /** After this call a registration is an error, as in the real worker. */
  seal(): void;
}

/** The library's contract is `new Disposable(fn)`, so this one is a class. */
class Disposable implements CoreDisposable {
  #callOnDispose: (() => void) | undefined;
  constructor(callOnDispose: () => void) {
    this.#callOnDispose = callOnDispose;
  }
  dispose(): void {
    this.#callOnDispose?.();
    this.#callOnDispose = undefined;
  }
}

/** One per started host, so that nothing of an earlier app is left over. */
export function createCoreRegistry(log: CoreLog): CoreRegistry {
  const functions = new Map<string, RegisteredFunction>();
  const hooks = emptyHooks();
  let model: ProgrammingModel | undefined;
  let sealed = false;
  const assertLoading = (what: string) => {
    if (sealed) throw new Error(`${what} can only be registered while the app starts.`);
  };
  const module: CoreModule = {
    version: hostVersion,
    hostVersion,
    Disposable,
    registerFunction(metadata, callback) {
      assertLoading("A function");
      assertFunctionName(metadata.name, functions);
      functions.set(metadata.name.toLowerCase(), { metadata, callback });
      return new Disposable(() => {
        assertLoading("A function");
        functions.delete(metadata.name.toLowerCase());
      });
    },
    setProgrammingModel(next) {
      assertLoading("A programming model");
      model = next;
    },
    getProgrammingModel: () => model,
    registerHook(name, callback) {
      const list = hooks[assertHookName(name)];
      list.push(callback);
      return new Disposable(() => {
        const index = list.indexOf(callback);
        if (index >= 0) list.splice(index, 1);
      });
    },
    log,
  };
  return {
    module,
    functions,
    hooks,
    seal: () => {
      sealed = true;
    },
  };
}

function emptyHooks(): Record<HookName, HookCallback[]> {
  return { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [], log: [] };
}

function assertHookName(name: string): HookName {
  const known = hookNames.find((hook) => hook === name);
  if (known === undefined) throw new RangeError(`Unrecognized hook "${name}".`);
  return known;
}

function assertFunctionName(name: string, functions: ReadonlyMap<string, unknown>): void {
  if (!/^[a-z][a-z0-9_-]{0,127}$/i.test(name)) {
    throw new Error(
      `The function name "${name}" is invalid: a letter, then letters, digits, - or _.`,
    );
  }
  if (functions.has(name.toLowerCase())) {
    throw new Error(`A function with name "${name}" has already been registered.`);
  }
}

type Load = (request: string, ...rest: unknown[]) => unknown;
const loader = Module as unknown as { _load: Load };
let active: CoreModule | undefined;

/**
 * Answers `require("@azure/functions-core")` with this module, for a bundle (createRequire) and
 * for an unbundled library alike; the real worker patches `require` too. Returns the undo.
 */
export function provideCoreModule(module: CoreModule): () => void {
  if (active) throw new Error("Another local Functions host is running in this process.");
  active = module;
  forgetLibrary();
  const original = loader._load;
  loader._load = function load(this: unknown, request, ...rest) {
    return request === "@azure/functions-core" ? module : original.call(this, request, ...rest);
  };
  return () => {
    loader._load = original;
    active = undefined;
  };
}

/** The unbundled library remembers its core module and set-up for ever: load it anew per host. */
function forgetLibrary(): void {
  const { cache } = createRequire(import.meta.url);
  for (const key of Object.keys(cache)) {
    if (/[\\/]@azure[\\/]functions[\\/]/.test(key)) delete cache[key];
  }
}

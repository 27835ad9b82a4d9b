/** The part of the `@azure/functions-core` contract that `@azure/functions` uses; the package itself is not on npm. */
import type { IncomingMessage, ServerResponse } from "node:http";

export type RpcLogLevel =
  | "trace"
  | "debug"
  | "information"
  | "warning"
  | "error"
  | "critical"
  | "none";
export type RpcLogCategory = "user" | "system" | "customMetric";

export interface RpcNullable<T> {
  readonly value?: T | null;
}

export interface RpcHttpCookie {
  readonly name?: string | null;
  readonly value?: string | null;
  readonly domain?: RpcNullable<string> | null;
  readonly path?: RpcNullable<string> | null;
  readonly expires?: RpcNullable<{ readonly seconds?: number | null }> | null;
  readonly secure?: RpcNullable<boolean> | null;
  readonly httpOnly?: RpcNullable<boolean> | null;
  readonly sameSite?: "none" | "lax" | "strict" | "explicitNone" | null;
  readonly maxAge?: RpcNullable<number> | null;
}

export interface RpcHttpData {
  readonly method?: string | null;
  readonly url?: string | null;
  readonly headers?: Record<string, string> | null;
  readonly query?: Record<string, string> | null;
  readonly params?: Record<string, string> | null;
  readonly body?: RpcTypedData | null;
  readonly statusCode?: string | null;
  readonly cookies?: readonly RpcHttpCookie[] | null;
  readonly enableContentNegotiation?: boolean | null;
}

export interface RpcTypedData {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly bytes?: Uint8Array | null;
  readonly int?: number | null;
  readonly double?: number | null;
  readonly http?: RpcHttpData | null;
}

export interface RpcParameterBinding {
  readonly name: string;
  readonly data?: RpcTypedData | null;
}

export interface RpcBindingInfo {
  readonly type?: string | null;
  readonly direction?: string | null;
  readonly [property: string]: unknown;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Record<string, RpcBindingInfo>;
  readonly retryOptions?: unknown;
}

export interface RpcTraceContext {
  readonly traceParent: string;
  readonly traceState?: string;
  readonly attributes?: Record<string, string>;
}

export interface RpcInvocationRequest {
  readonly invocationId: string;
  readonly functionId: string;
  readonly inputData: readonly RpcParameterBinding[];
  readonly triggerMetadata: Record<string, RpcTypedData>;
  readonly traceContext?: RpcTraceContext;
}

export interface RpcInvocationResponse {
  readonly invocationId: string;
  readonly outputData?: readonly RpcParameterBinding[] | null;
  readonly returnValue?: RpcTypedData | null;
}

export type FunctionCallback = (...args: unknown[]) => unknown;
export type HookCallback = (context: Record<string, unknown>) => unknown;
export type CoreLog = (level: RpcLogLevel, category: RpcLogCategory, message: string) => void;

/** `state` tells the library which phase runs; it allows user logs in post-invocation hooks. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  readonly request: RpcInvocationRequest;
  readonly log: CoreLog;
  state?: "preInvocationHooks" | "invocation" | "postInvocationHooks" | undefined;
}

/** What the library makes per invocation; the host only hands it back. */
export interface LibraryContext {
  readonly invocationId: string;
  readonly extraOutputs: { get(name: string): unknown };
}

export interface InvocationModel {
  getArguments(): Promise<{ context: LibraryContext; inputs: unknown[] }>;
  invokeFunction(
    context: LibraryContext,
    inputs: unknown[],
    handler: FunctionCallback,
  ): Promise<unknown>;
  getResponse(context: LibraryContext, result: unknown): Promise<RpcInvocationResponse>;
}

export interface ProgrammingModel {
  readonly name: string;
  readonly version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export interface CoreDisposable {
  dispose(): void;
}

/** The module object that `require("@azure/functions-core")` returns. */
export interface CoreModule {
  readonly version: string;
  readonly hostVersion: string;
  readonly Disposable: new (callOnDispose: () => void) => CoreDisposable;
  registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): CoreDisposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  registerHook(name: string, callback: HookCallback): CoreDisposable;
  log: CoreLog;
}

/** Emits one request into the library's streaming door, in process. */
export type StreamGate = (request: IncomingMessage, response: ServerResponse) => void;

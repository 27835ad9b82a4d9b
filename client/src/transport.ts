/** One HTTP exchange with the platform: address, credential, retries, and answers turned into values or McpError. */
import { McpError } from "./mcp-error.ts";
import { readAnswer } from "./read-answer.ts";

export interface ClientOptions {
  /** Where the platform answers, with or without `/api`. */
  readonly serverUrl: string;
  /** Sent as X-API-Key. Left out, only what is public answers. */
  readonly apiKey?: string | undefined;
  readonly fetch?: typeof fetch;
  /** How long one exchange may take; 120 000 if left out (a query may run for 100 s). */
  readonly timeoutMs?: number;
  /** How to wait before a retry; tests give their own. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Makes a creating call safe to repeat. The SDK makes one up where it is left out. */
  readonly idempotencyKey?: string;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base; built with `route`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** POST only: `safe` has no effect or the same effect twice; `keyed` goes with an Idempotency-Key, made up where the caller gives none. */
  readonly repeat?: "safe" | "keyed";
  /** Statuses beside 2xx whose body is an answer, not a problem. */
  readonly alsoAnswers?: readonly number[];
}

export interface Transport {
  /** @throws McpError for every answer that is a problem, and when no answer comes. Rejects with the signal's reason when aborted. */
  send<T>(request: ApiRequest, options?: CallOptions): Promise<T>;
  /** The body of an answer as it comes, of any length and type; the time limit is for its beginning. @throws as send does. */
  open(request: ApiRequest, options?: CallOptions): Promise<ReadableStream<Uint8Array>>;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const MAX_RETRIES = 2;
const RETRYABLE = new Set([429, 503]);
/** A server that asks for more is told to the caller instead: nobody wants a call that hangs for minutes. */
const MAX_WAIT_SECONDS = 30;

export function createTransport(options: ClientOptions): Transport {
  const base = apiBase(options.serverUrl);
  const wait = options.wait ?? waitFor;
  return {
    async send<T>(request: ApiRequest, call: CallOptions = {}): Promise<T> {
      const headers = headersOf(request, options.apiKey, call.idempotencyKey);
      const mayRepeat =
        request.method !== "POST" || request.repeat === "safe" || headers.has("idempotency-key");
      for (let retries = 0; ; retries++) {
        try {
          return await exchange<T>(base, request, headers, options, call.signal);
        } catch (error) {
          const seconds = mayRepeat && retries < MAX_RETRIES ? retryAfter(error) : null;
          if (seconds === null) throw error;
          await wait(seconds * 1_000, call.signal);
        }
      }
    },
    open: (request, call = {}) => {
      const headers = headersOf(request, options.apiKey, undefined);
      headers.set("accept", "*/*");
      return openBody(base, request, headers, options, call.signal);
    },
  };
}

/** `http://host:7071`, `http://host:7071/` and `http://host:7071/api/` are one base: `http://host:7071/api`. */
export function apiBase(serverUrl: string): string {
  const url = URL.canParse(serverUrl) ? new URL(serverUrl) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`not an http or https address: ${serverUrl}`);
  }
  const path = url.pathname.replace(/\/+$/, "").replace(/\/api$/, "");
  return `${url.origin}${path}/api`;
}

/** A path with every inserted value escaped. `@` stays readable: it names versions and labels. */
export function route(
  strings: TemplateStringsArray,
  ...values: readonly (string | number)[]
): string {
  return String.raw({ raw: strings }, ...values.map((value) => segment(String(value))));
}

function segment(value: string): string {
  // A URL parser would swallow these and the call would reach another route.
  if (/^\.{0,2}$/.test(value)) {
    throw new McpError({
      status: 400,
      code: "request_invalid",
      title: "The request is not valid",
      detail: `"${value}" cannot be a name.`,
    });
  }
  return encodeURIComponent(value).replaceAll("%40", "@");
}

function headersOf(
  request: ApiRequest,
  apiKey: string | undefined,
  idempotencyKey: string | undefined,
): Headers {
  const headers = new Headers({ accept: "application/json", ...request.headers });
  if (apiKey !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(apiKey)) {
      throw new McpError({
        status: 401,
        code: "unauthenticated",
        title: "No valid credential",
        detail: "The API key holds characters that no key has.",
      });
    }
    headers.set("x-api-key", apiKey);
  }
  if (request.body !== undefined) headers.set("content-type", "application/json");
  const key = idempotencyKey ?? (request.repeat === "keyed" ? crypto.randomUUID() : undefined);
  if (key !== undefined && request.method === "POST") headers.set("idempotency-key", key);
  return headers;
}

async function exchange<T>(
  base: string,
  request: ApiRequest,
  headers: Headers,
  options: ClientOptions,
  signal?: AbortSignal,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetchOnce(base, request, headers, options, either(timeout, signal));
    return await readAnswer<T>(response, base, request.alsoAnswers ?? []);
  } catch (error) {
    if (error instanceof McpError) throw error;
    signal?.throwIfAborted();
    throw noAnswer(error, base, timeout.aborted ? timeoutMs : null);
  }
}

async function openBody(
  base: string,
  request: ApiRequest,
  headers: Headers,
  options: ClientOptions,
  signal?: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeoutMs);
  try {
    const response = await fetchOnce(base, request, headers, options, either(late.signal, signal));
    if (response.ok && response.body !== null) return response.body;
    return await readAnswer<never>(response, base, []);
  } catch (error) {
    if (error instanceof McpError) throw error;
    signal?.throwIfAborted();
    throw noAnswer(error, base, late.signal.aborted ? timeoutMs : null);
  } finally {
    clearTimeout(timer);
  }
}

const either = (one: AbortSignal, other: AbortSignal | undefined) =>
  other === undefined ? one : AbortSignal.any([one, other]);

function fetchOnce(
  base: string,
  request: ApiRequest,
  headers: Headers,
  options: ClientOptions,
  signal: AbortSignal,
): Promise<Response> {
  return (options.fetch ?? fetch)(`${base}${request.path}${queryString(request.query)}`, {
    method: request.method,
    headers,
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    // A redirect would carry the key to wherever it points.
    redirect: "manual",
    signal,
  });
}

function noAnswer(error: unknown, base: string, timedOutMs: number | null): McpError {
  const server = base.slice(0, -"/api".length);
  if (timedOutMs !== null) {
    return new McpError({
      status: 0,
      code: "timed_out",
      title: "No answer in time",
      detail: `${server} did not answer within ${timedOutMs / 1_000} s.`,
      cause: error,
    });
  }
  return new McpError({
    status: 0,
    code: "unreachable",
    title: "The server cannot be reached",
    detail: `${server} cannot be reached.`,
    cause: error,
  });
}

function queryString(query: ApiRequest["query"] = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) given.set(name, String(value));
  }
  return given.size === 0 ? "" : `?${given}`;
}

function retryAfter(error: unknown): number | null {
  if (!(error instanceof McpError) || !RETRYABLE.has(error.status)) return null;
  const seconds = error.retryAfterSeconds;
  return seconds !== null && seconds <= MAX_WAIT_SECONDS ? seconds : null;
}

/** Rejects with the signal's reason. */
export function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}

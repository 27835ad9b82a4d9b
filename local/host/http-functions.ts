/** Serves HTTP-triggered functions, in the library's streaming mode or in its buffered mode. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { RpcHttpData, RpcTypedData, StreamGate } from "./core-types.ts";
import type { HostFunction, HttpTrigger } from "./function-catalogue.ts";
import { answerEmpty } from "./http-server.ts";
import type { InvocationOutcome, Invoker } from "./invocation.ts";
import { traceContext } from "./invocation.ts";
import { declaresTooMuch, limitChunkedBody, readBody, refuseBody } from "./request-body.ts";
import type { Router } from "./router.ts";
import { writeRpcResponse } from "./rpc-response.ts";

export interface HttpFunctionsDeps {
  readonly router: Router<HostFunction<HttpTrigger>>;
  readonly invoker: Invoker;
  readonly gate: StreamGate | undefined;
}

export interface HttpFunctions {
  handle(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Cuts off every response that is still under way. */
  abort(): void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly fn: HostFunction<HttpTrigger>;
  readonly params: Record<string, string>;
}

/**
 * `authLevel` is not enforced: `func start` does not ask for keys on a developer's machine either.
 * The app's own authentication is what runs here and on Azure alike.
 */
export function createHttpFunctions(deps: HttpFunctionsDeps): HttpFunctions {
  const open = new Set<ServerResponse>();
  const serve = deps.gate ? serveStreamed(deps.invoker, deps.gate) : serveBuffered(deps.invoker);
  const track = async (exchange: Exchange) => {
    const { response } = exchange;
    open.add(response);
    try {
      await serve(exchange);
    } catch {
      answerEmpty(response, 500);
    } finally {
      open.delete(response);
    }
  };
  return {
    handle(request, response, path) {
      const match = deps.router(request.method ?? "GET", path);
      switch (match.kind) {
        case "found":
          if (declaresTooMuch(request)) return refuseBody(request, response);
          void track({ request, response, fn: match.target, params: match.params });
          return;
        case "wrong-method":
          return answerWrongMethod(request, response, match.allow);
        case "not-found":
          return answerEmpty(response, 404);
        case "bad-path":
          return answerEmpty(response, 400);
      }
    },
    abort() {
      for (const response of open) cutOff(response);
    },
  };
}

/** The real host has no CORS of its own either: OPTIONS just tells the methods. */
function answerWrongMethod(
  request: IncomingMessage,
  response: ServerResponse,
  allow: readonly string[],
): void {
  const headers = { allow: allow.join(", ") };
  answerEmpty(response, request.method === "OPTIONS" ? 204 : 405, headers);
}

/** The library never looks whether the client is there; a throw is what ends its copy loop. */
function cutOff(response: ServerResponse): void {
  response.write = () => {
    throw new Error("The local host stopped before the response was complete.");
  };
  response.destroy();
}

function serveStreamed(invoker: Invoker, gate: StreamGate) {
  return async ({ request, response, fn, params }: Exchange): Promise<void> => {
    const invocationId = randomUUID();
    const call = describeCall(invocationId, fn, request, { http: {} }, params);
    limitChunkedBody(request, response);
    // What the real host adds when it forwards a request to the library's inner server.
    request.headers["x-ms-invocation-id"] = invocationId;
    request.headers["x-forwarded-host"] = request.headers.host ?? "localhost";
    request.headers["x-forwarded-proto"] = "http";
    gate(request, response);
    const outcome = await invoker.run(fn, call);
    if (outcome.kind === "succeeded" && response.writableEnded) return;
    await answerUnsent(outcome, response);
  };
}

/**
 * Nothing came (an empty 204) or the function failed (an empty 500, or a cut when half was sent).
 * The answer goes through the library, which otherwise would keep the response in its table for ever.
 */
async function answerUnsent(outcome: InvocationOutcome, response: ServerResponse): Promise<void> {
  const status = outcome.kind === "succeeded" ? 204 : 500;
  const { headersSent, writableEnded } = response;
  try {
    await outcome.answer(
      status === 500 ? { status, headers: { "content-length": "0" } } : { status },
    );
    if (headersSent && !writableEnded) response.destroy();
  } catch {
    if (!writableEnded) answerEmpty(response, status);
  }
}

function serveBuffered(invoker: Invoker) {
  return async ({ request, response, fn, params }: Exchange): Promise<void> => {
    const body = await readBody(request, response);
    if (!body) return;
    const call = describeCall(
      randomUUID(),
      fn,
      request,
      { http: toRpcHttp(request, params, body) },
      params,
    );
    const outcome = await invoker.run(fn, call);
    if (outcome.kind === "failed") return answerEmpty(response, 500);
    const { returnValue, outputData } = outcome.response;
    const http = returnValue?.http ?? outputData?.find((output) => output.data?.http)?.data?.http;
    writeRpcResponse(response, http ?? undefined);
  };
}

function describeCall(
  invocationId: string,
  fn: HostFunction<HttpTrigger>,
  request: IncomingMessage,
  data: RpcTypedData,
  params: Record<string, string>,
) {
  const { traceparent, tracestate } = request.headers;
  const triggerMetadata: Record<string, RpcTypedData> = {
    // Built before the forwarding headers are set: the library's request has what the client sent.
    Headers: { json: JSON.stringify(plainHeaders(request)) },
  };
  for (const name in params) triggerMetadata[name] = { string: params[name] ?? "" };
  return {
    invocationId,
    input: { name: fn.trigger.bindingName, data },
    triggerMetadata,
    traceContext: traceContext(
      invocationId,
      typeof traceparent === "string" ? traceparent : undefined,
      typeof tracestate === "string" ? tracestate : undefined,
    ),
  };
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  const { headers } = request;
  if (headers["set-cookie"] === undefined) return headers as Record<string, string>;
  return { ...headers, "set-cookie": headers["set-cookie"].join(",") } as Record<string, string>;
}

function toRpcHttp(
  request: IncomingMessage,
  params: Record<string, string>,
  body: Buffer,
): RpcHttpData {
  const url = new URL(`http://${request.headers.host ?? "localhost"}${request.url}`);
  const query: Record<string, string> = {};
  // The real host joins a repeated key with commas in this mode.
  for (const [key, value] of url.searchParams) {
    query[key] = Object.hasOwn(query, key) ? `${query[key]},${value}` : value;
  }
  return {
    method: request.method ?? "GET",
    url: url.href,
    headers: plainHeaders(request),
    query,
    params,
    body: body.length > 0 ? { bytes: body } : null,
  };
}

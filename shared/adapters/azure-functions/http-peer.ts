/**
 * The connection behind an invocation. In streaming mode the library hands over a WHATWG request that says nothing of
 * a caller who went away, and is slow to read: 90 µs for a body, one for each header. But the request came over an HTTP
 * server of this very process, which Node announces with both its ends (diagnostics_channel,
 * `http.server.request.start`) and which the host marks with the invocation's id.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../../kernel/app-error.ts";
import { callerGone } from "../../kernel/caller-gone.ts";

export interface HttpPeer {
  /** Aborted when the caller goes away before the answer is out. */
  readonly signal: AbortSignal;
  /** Path and query as they were sent; null where the connection is not known. */
  readonly url: string | null;
  /** Gives a header by its lower-case name, or null; itself null where the connection is not known. */
  readonly header: ((name: string) => string | null) | null;
  /** The body, or null where the connection is not known and the library's own request has to be read. */
  readBody(limit: number): Promise<Uint8Array> | null;
  /** Settles when what was written of the answer has left for the most part, or the caller went away. */
  drained(): Promise<void>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  controller: AbortController | null;
}

const INVOCATION_HEADER = "x-ms-invocation-id";
const open = new Set<Exchange>();
let watching = false;

/** Must be called before the first request: later ones are seen, earlier ones are not. */
export function watchConnections(): void {
  if (watching) return;
  watching = true;
  subscribe("http.server.request.start", (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const exchange: Exchange = { request, response, controller: null };
    open.add(exchange);
    response.once("close", () => {
      open.delete(exchange);
      if (!response.writableFinished) exchange.controller?.abort(new Error("the caller went away"));
    });
  });
}

export function peerOf(invocationId: string): HttpPeer {
  const exchange = find(invocationId);
  const controller = new AbortController();
  if (exchange === null)
    return {
      signal: controller.signal,
      url: null,
      header: null,
      readBody: () => null,
      drained: async () => undefined,
    };
  exchange.controller = controller;
  if (exchange.response.destroyed) controller.abort(new Error("the caller went away"));
  return {
    signal: controller.signal,
    url: exchange.request.url ?? null,
    header: (name) => headerOf(exchange.request, name),
    readBody: (limit) => readBody(exchange.request, limit),
    drained: () => drained(exchange.response),
  };
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) throw callerGone();
  if (!response.writableNeedDrain) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("drain", resolve).once("close", resolve);
  await promise;
  response.off("drain", resolve).off("close", resolve);
  if (response.destroyed) throw callerGone();
}

/** All that was sent under a name, as WHATWG's Headers give it: Node alone would keep the first of two credentials. */
const headerOf = ({ headersDistinct }: IncomingMessage, name: string): string | null =>
  headersDistinct[name]?.join(", ") ?? null;

/** The host writes the id after the server announced the request, so it is looked for here; few are open at a time. */
function find(invocationId: string): Exchange | null {
  for (const exchange of open) {
    if (exchange.request.headers[INVOCATION_HEADER] === invocationId) return exchange;
  }
  return null;
}

async function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  const body = whatCame(request, limit);
  // It tells nobody any more that it is closed.
  if (body === null && request.destroyed) throw callerGone();
  return body ?? readToEnd(request, limit);
}

/** Small bodies come with their headers, and lie there by now; null where more is to come. */
function whatCame(request: IncomingMessage, limit: number): Uint8Array | null {
  const declared = Number(request.headers["content-length"] ?? 0);
  const { readableFlowing, readableLength } = request;
  if (readableFlowing !== null || readableLength === 0 || readableLength !== declared) return null;
  if (declared > limit) return null;
  const body: Buffer | null = request.read();
  // To its end, which the connection waits for before the next request.
  request.resume();
  return body;
}

function readToEnd(request: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        request.off("data", onData).resume();
        reject(new AppError("body_too_large", `The body may hold at most ${limit} bytes.`));
      } else chunks.push(chunk);
    };
    const onClose = () => reject(callerGone());
    request
      .on("data", onData)
      .once("end", () => {
        request.off("close", onClose);
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
      })
      .once("error", (error) => reject(callerGone(error)))
      .once("close", onClose);
  });
}

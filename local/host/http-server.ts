/** The HTTP front: takes a request off the socket, finds its function and answers what has none. */
import http from "node:http";
import type { AddressInfo } from "node:net";

export type HttpHandler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** Kestrel's default, which the real host keeps. */
const keepAliveMs = 130_000;

/** `http.createServer` takes a class here. The library's own header must not reach the client. */
class HostResponse extends http.ServerResponse {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return name === "x-ms-invocation-id" ? this : super.setHeader(name, value);
  }
}

export interface HttpServer {
  readonly port: number;
  /** Stops accepting; connections with nothing to do are closed. */
  refuseNew(): void;
  /** Closes every connection that is left. */
  close(): Promise<void>;
}

/** Rejects with one clear sentence when the port is taken. */
export async function openHttpServer(
  handler: HttpHandler,
  options: { readonly port: number; readonly hostname: string },
): Promise<HttpServer> {
  const server = http.createServer(
    { ServerResponse: HostResponse, keepAliveTimeout: keepAliveMs },
    handler as http.RequestListener,
  );
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(cause, options)));
    server.listen(options.port, options.hostname, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    refuseNew() {
      server.close();
      server.closeIdleConnections();
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listenError(
  cause: NodeJS.ErrnoException,
  { port, hostname }: { readonly port: number; readonly hostname: string },
): Error {
  const why =
    cause.code === "EADDRINUSE"
      ? `Port ${port} of ${hostname} is already in use: stop what listens there or choose another port.`
      : `The local host cannot listen on ${hostname}:${port}: ${cause.message}.`;
  return new Error(why, { cause });
}

/** Ends a response that carries nothing but a status. */
export function answerEmpty(
  response: http.ServerResponse,
  status: number,
  headers: http.OutgoingHttpHeaders = {},
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  // 204 and 304 carry no length; the others say so at once and keep the connection usable.
  const length = status === 204 || status === 304 ? {} : { "content-length": 0 };
  response.writeHead(status, { ...length, ...headers }).end();
}

export function answerJson(response: http.ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(text),
    })
    .end(text);
}

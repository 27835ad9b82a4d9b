/**
 * Tells an invocation when its caller has gone away. The Functions library says nothing of it, but in streaming mode
 * the request comes over an HTTP server of this process, whose requests Node announces with both their ends
 * (diagnostics_channel, `http.server.request.start`); the host marks each with the invocation's id.
 */
import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

const INVOCATION_HEADER = "x-ms-invocation-id";
const running = new Map<string, AbortController>();
let watching = false;

/** A signal for this invocation; call `end` when it is over. */
export function watchClient(invocationId: string): { signal: AbortSignal; end(): void } {
  if (!watching) {
    watching = true;
    subscribe("http.server.request.start", (message) =>
      onRequest(message as { request: IncomingMessage; response: ServerResponse }),
    );
  }
  const controller = new AbortController();
  running.set(invocationId, controller);
  return { signal: controller.signal, end: () => running.delete(invocationId) };
}

function onRequest({
  request,
  response,
}: {
  request: IncomingMessage;
  response: ServerResponse;
}): void {
  response.once("close", () => {
    if (response.writableFinished) return;
    const id = request.headers[INVOCATION_HEADER];
    if (typeof id === "string") running.get(id)?.abort(new Error("the caller went away"));
  });
}

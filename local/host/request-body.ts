/** The body limit of the real host (Kestrel, 100 MB), for streamed and for buffered requests. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { answerEmpty } from "./http-server.ts";

/** `maxRequestBodySize` of the real host. */
export const maxBodyBytes = 104_857_600;

export function declaresTooMuch(request: IncomingMessage): boolean {
  const length = request.headers["content-length"];
  return length !== undefined && Number(length) > maxBodyBytes;
}

/** How long a refused client may go on sending before the connection is cut. */
const lingerMs = 2_000;

/**
 * Answers 413 and reads on for a moment without keeping anything: a connection that closes with
 * unread data is reset, and the client would lose the answer.
 */
export function refuseBody(request: IncomingMessage, response: ServerResponse): void {
  answerEmpty(response, 413);
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.once("close", () => clearTimeout(timer));
  request.resume();
}

/**
 * A chunked body declares no length, so its bytes are counted on their way into the stream.
 * `push` is where Node's parser delivers them; a "data" listener would start the flow too early.
 */
export function limitChunkedBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers["transfer-encoding"] === undefined) return;
  const push = request.push.bind(request);
  let received = 0;
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    const before = received;
    received += chunk instanceof Uint8Array ? chunk.byteLength : 0;
    if (received <= maxBodyBytes) return push(chunk, encoding);
    if (before <= maxBodyBytes) refuseBody(request, response);
    // A reader must not take the part for the whole: the end becomes an abort.
    if (chunk === null) request.destroy();
    return true;
  };
}

/** The whole body; undefined when it passed the limit (and was refused) or the client went away. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  limitChunkedBody(request, response);
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

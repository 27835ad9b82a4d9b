/** A real HTTP server on loopback that keeps what it was sent and answers as the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface HttpReceiver {
  readonly port: number;
  readonly url: string;
  readonly received: ReceivedRequest[];
  /** Connections taken, whether or not a request came over them. */
  connections(): number;
  /** Answers the n-th request with the n-th reply, and every later one with the last. */
  reply(...replies: Reply[]): void;
  close(): Promise<void>;
}

export type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | "hang"
  | "reset"
  | ((response: ServerResponse) => void);

export async function startHttpReceiver(): Promise<HttpReceiver> {
  const received: ReceivedRequest[] = [];
  let replies: Reply[] = [{ status: 200, body: "ok" }];
  let answered = 0;
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url = "", headers } = request;
    received.push({ method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") });
    const reply = replies[Math.min(answered++, replies.length - 1)];
    if (reply === undefined || reply === "hang") return;
    if (reply === "reset") request.socket.destroy();
    else if (typeof reply === "function") reply(response);
    else response.writeHead(reply.status, reply.headers).end(reply.body ?? "");
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    received,
    connections: () => connections,
    reply: (...next) => {
      replies = next;
      answered = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A loopback server that plays recorded answers by method and path, under /api, and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RecordedRequest {
  readonly method: string;
  /** With the query, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface RecordedApi {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** `on("GET /models", …answers)`: the n-th call gets the n-th answer, later ones the last. */
  on(route: string, ...answers: RecordedAnswer[]): void;
  close(): Promise<void>;
}

export async function startRecordedApi(): Promise<RecordedApi> {
  const requests: RecordedRequest[] = [];
  const answers = new Map<string, RecordedAnswer[]>();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const { method = "", url: path = "", headers } = request;
    requests.push({ method, path, headers, body: text === "" ? undefined : JSON.parse(text) });
    const key = `${method} ${path.replace(/^\/api/, "").replace(/\?.*$/, "")}`;
    const queue = answers.get(key);
    const answer = (queue && queue.length > 1 ? queue.shift() : queue?.[0]) ?? notFound(key);
    const { status = 200, body } = answer;
    const type = status >= 400 && isProblem(body) ? "application/problem+json" : "application/json";
    response.writeHead(status, { "content-type": type, ...answer.headers });
    response.end(body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    on: (route, ...next) => void answers.set(route, next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Problem details as the server writes them. */
export function problem(
  status: number,
  code: string,
  detail: string,
  more: object = {},
): RecordedAnswer {
  const body = {
    type: `/api/docs#${code}`,
    title: `title of ${code}`,
    status,
    detail,
    instance: "req_01",
    code,
    ...more,
  };
  return { status, body };
}

function isProblem(body: unknown): boolean {
  return typeof body === "object" && body !== null && "code" in body;
}

function notFound(key: string): RecordedAnswer {
  return problem(404, "route_not_found", `There is no ${key}.`);
}

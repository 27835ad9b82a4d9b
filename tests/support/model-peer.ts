/**
 * A server on loopback that speaks chat completions as OpenAI and Azure OpenAI do (API reference; Microsoft Learn, REST
 * reference and v1 API): paths, credentials, api-version and body are checked, errors have the providers' form.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PeerForm {
  /** Path and query that it answers at. */
  readonly path: string;
  /** `authorization: Bearer k`, `api-key: k`; null where anybody may ask. */
  readonly credential: readonly [header: string, value: string] | null;
  /** What `model` must be; null where the deployment is in the path. */
  readonly model: string | null;
}

export interface PeerRequest {
  readonly body: {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly [key: string]: unknown;
  };
  readonly headers: IncomingMessage["headers"];
}

/** A text is the model's content; everything else is what goes wrong. */
export type PeerAnswer =
  | string
  | "hang"
  | "reset"
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** In place of a chat completion. */
      readonly body?: string;
      readonly content?: string | null;
      readonly refusal?: string;
      readonly finishReason?: string;
      /** Null leaves it out. */
      readonly usage?: { prompt_tokens: number; completion_tokens: number } | null;
    };

export interface ModelPeer {
  readonly url: string;
  readonly requests: PeerRequest[];
  /** Answers the n-th request with the n-th answer, and every later one with the last. */
  answer(...answers: (PeerAnswer | ((request: PeerRequest) => PeerAnswer))[]): void;
  /** Fields of the body that its model takes no more: `max_tokens`, `temperature`, `response_format`. */
  refuse(...fields: string[]): void;
  /** Settles when the next request is in. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

export const PEER_USAGE = { prompt_tokens: 900, completion_tokens: 100 };

export async function startModelPeer(form: PeerForm): Promise<ModelPeer> {
  const requests: PeerRequest[] = [];
  let answers: Parameters<ModelPeer["answer"]> = [];
  let refused: readonly string[] = [];
  let answered = 0;
  let waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const trouble = wrongCall(form, request);
    if (trouble !== null) return fail(response, trouble.status, trouble.error);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as PeerRequest["body"];
    const wrong = wrongBody(form, body, refused);
    if (wrong !== null) return fail(response, 400, wrong);
    const kept = { body, headers: request.headers };
    requests.push(kept);
    for (const resolve of waiting.splice(0)) resolve();
    const next = answers[Math.min(answered++, answers.length - 1)] ?? "{}";
    send(request, response, typeof next === "function" ? next(kept) : next);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (...next) => {
      answers = next;
      answered = 0;
    },
    refuse: (...fields) => {
      refused = fields;
    },
    asked: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => {
      waiting = [];
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Trouble {
  readonly status: number;
  readonly error: Readonly<Record<string, string>>;
}

function wrongCall(form: PeerForm, { method, url, headers }: IncomingMessage): Trouble | null {
  if (method !== "POST" || url !== form.path)
    return { status: 404, error: { code: "404", message: "Resource not found" } };
  if (headers["content-type"] !== "application/json")
    return { status: 415, error: { code: "unsupported_media_type", message: "not JSON" } };
  const [header, value] = form.credential ?? [];
  return header !== undefined && headers[header] !== value
    ? { status: 401, error: { code: "invalid_api_key", message: "Incorrect API key provided" } }
    : null;
}

function wrongBody(form: PeerForm, body: PeerRequest["body"], refused: readonly string[]) {
  const field = refused.find((name) => name in body);
  if (field !== undefined)
    return {
      code: field === "temperature" ? "unsupported_value" : "unsupported_parameter",
      param: field,
      message: `Unsupported: '${field}' is not supported with this model.`,
    };
  if (form.model !== null && body.model !== form.model)
    return { code: "model_not_found", param: "model", message: "The model does not exist" };
  const asJson = JSON.stringify(body.messages).includes("JSON");
  if (body.response_format !== undefined && !asJson)
    return { code: "bad", param: "messages", message: "'messages' must contain the word 'json'" };
  return null;
}

function fail(response: ServerResponse, status: number, error: Trouble["error"]): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { type: "invalid_request_error", ...error } }));
}

function send(request: IncomingMessage, response: ServerResponse, answer: PeerAnswer): void {
  if (answer === "hang") return;
  if (answer === "reset") {
    request.socket.destroy();
    return;
  }
  const given = typeof answer === "string" ? { content: answer } : answer;
  response.writeHead(given.status ?? 200, {
    "content-type": "application/json; charset=utf-8",
    ...given.headers,
  });
  response.end(given.body ?? JSON.stringify(chatCompletion(given)));
}

function chatCompletion(given: Exclude<PeerAnswer, string>) {
  const { content = null, refusal = null, finishReason = "stop", usage = PEER_USAGE } = given;
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_772_000_000,
    model: "peer-1",
    choices: [
      { index: 0, message: { role: "assistant", content, refusal }, finish_reason: finishReason },
    ],
    ...(usage !== null && {
      usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens },
    }),
  };
}

/** A model's content in the form that the engine asks for. */
export const reply = (
  sql: string | null,
  part: { params?: unknown[]; confidence?: number; reason?: string } = {},
): string => JSON.stringify({ sql, params: [], reason: "because", confidence: 0.9, ...part });

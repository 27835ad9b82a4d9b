/** The `/admin` routes of the real host that developers use: list, manual run, status. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { hostVersion } from "./core-module.ts";
import type { FunctionSummary } from "./function-catalogue.ts";
import { answerEmpty, answerJson } from "./http-server.ts";
import { readBody } from "./request-body.ts";

export interface AdminDeps {
  readonly functions: readonly FunctionSummary[];
  readonly state: () => "Running" | "Stopping";
  /** Starts a run and does not wait for it. */
  readonly startManualRun: (functionName: string, input: string) => void;
}

/** As with `func start` no key is asked: the host listens on loopback. */
export async function handleAdmin(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  deps: AdminDeps,
): Promise<void> {
  const [area = "", name = "", ...rest] = path.toLowerCase().split("/").filter(Boolean).slice(1);
  if (area === "host" && rest.length === 0) return answerHost(response, name, deps);
  if (area !== "functions" || rest.length > 0) return answerEmpty(response, 404);
  if (name === "") return answerJson(response, 200, deps.functions.map(describe));
  const fn = deps.functions.find((candidate) => candidate.name.toLowerCase() === name);
  if (!fn) return answerEmpty(response, 404);
  if (request.method === "GET") return answerJson(response, 200, describe(fn));
  if (request.method !== "POST") return answerEmpty(response, 405, { allow: "GET, POST" });
  return runManually(request, response, fn, deps);
}

function answerHost(response: ServerResponse, name: string, deps: AdminDeps): void {
  if (name === "status") answerJson(response, 200, hostStatus(deps));
  else answerEmpty(response, name === "ping" ? 200 : 404);
}

function hostStatus(deps: AdminDeps) {
  return {
    id: "local",
    state: deps.state(),
    version: hostVersion,
    versionDetails: `${hostVersion}-local`,
    instanceId: `${process.pid}`,
    processUptime: Math.round(process.uptime() * 1000),
  };
}

function describe(fn: FunctionSummary) {
  return {
    name: fn.name,
    language: "node",
    isDisabled: false,
    invoke_url_template: fn.route ?? null,
    config: { ...fn },
  };
}

async function runManually(
  request: IncomingMessage,
  response: ServerResponse,
  fn: FunctionSummary,
  deps: AdminDeps,
): Promise<void> {
  // Also keeps a web page from running functions: a form cannot send this type without CORS.
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? "")) {
    return answerEmpty(response, 415);
  }
  const body = await readBody(request, response);
  if (!body) return;
  const input = parseInput(body.toString("utf8"));
  if (input === undefined || fn.trigger === "http") return answerEmpty(response, 400);
  deps.startManualRun(fn.name, input);
  answerEmpty(response, 202);
}

/** Undefined when the body is not the object that the real host asks for. */
function parseInput(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
    const input = (body as { input?: unknown }).input ?? "";
    return typeof input === "string" ? input : JSON.stringify(input);
  } catch {
    return undefined;
  }
}

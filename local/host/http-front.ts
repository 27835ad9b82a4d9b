/** What happens to each request: the admin routes, the functions' routes, or a refusal while stopping. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { handleAdmin } from "./admin-routes.ts";
import type { StreamGate } from "./core-types.ts";
import type { FunctionSummary, HostFunction, HttpTrigger } from "./function-catalogue.ts";
import { ofTrigger } from "./function-catalogue.ts";
import { createHttpFunctions } from "./http-functions.ts";
import { answerEmpty } from "./http-server.ts";
import type { Invoker } from "./invocation.ts";
import type { Router } from "./router.ts";
import { compileRouter } from "./router.ts";

export interface HttpFrontDeps {
  readonly functions: readonly HostFunction[];
  readonly summaries: readonly FunctionSummary[];
  readonly invoker: Invoker;
  readonly invoke: (functionName: string, input?: string) => Promise<void>;
  readonly gate: StreamGate | undefined;
}

export interface HttpFront {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Before this call requests are answered 503: the host is still starting. */
  open(): void;
  refuseNew(): void;
  abort(): void;
}

const adminPath = /^\/admin(?:\/|$)/i;
/** Kestrel refuses a Host header that is no host; here the library would throw on it. */
const validHost = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

export function createHttpFront(deps: HttpFrontDeps): HttpFront {
  const { invoker, gate } = deps;
  const http = createHttpFunctions({ router: compileRoutes(deps), invoker, gate });
  let accepting = false;
  const admin = {
    functions: deps.summaries,
    state: () => (accepting ? ("Running" as const) : ("Stopping" as const)),
    // The failure is already in the log; the caller has long had its 202.
    startManualRun: (name: string, input: string) => void deps.invoke(name, input).catch(() => {}),
  };
  return {
    handle(request, response) {
      if (!accepting) return answerEmpty(response, 503, { connection: "close" });
      const path = normalisePath(request);
      if (path === undefined) return answerEmpty(response, 400);
      if (adminPath.test(path)) {
        handleAdmin(request, response, path, admin).catch(() => answerEmpty(response, 500));
      } else http.handle(request, response, path);
    },
    open() {
      accepting = true;
    },
    refuseNew() {
      accepting = false;
    },
    abort: http.abort,
  };
}

/** Summaries carry the full template, and both lists are in the same order. */
function compileRoutes(deps: HttpFrontDeps): Router<HostFunction<HttpTrigger>> {
  const templates = new Map(deps.summaries.map((summary) => [summary.name, summary.route ?? ""]));
  const entries = ofTrigger(deps.functions, "http").map((fn) => {
    const template = (templates.get(fn.name) ?? "").slice(1);
    if (/^(?:admin|runtime)(?:\/|$)/i.test(template)) {
      throw new Error(
        `Function "${fn.name}": the route "/${template}" conflicts with the host's own routes.`,
      );
    }
    return { name: fn.name, methods: fn.trigger.methods, template, target: fn };
  });
  return compileRouter(entries);
}

/** The path without the query; undefined when the request names no valid host or target. */
function normalisePath(request: IncomingMessage): string | undefined {
  const { host } = request.headers;
  if (host !== undefined && !validHost.test(host)) return undefined;
  const target = request.url ?? "/";
  if (!target.startsWith("/")) {
    const absolute = URL.canParse(target) ? new URL(target) : undefined;
    if (!absolute?.protocol.startsWith("http")) return undefined;
    request.url = `${absolute.pathname}${absolute.search}`;
  }
  const url = request.url ?? "/";
  const query = url.indexOf("?");
  const path = query < 0 ? url : url.slice(0, query);
  if (!DOT_SEGMENT.test(path)) return path;
  const plain = withoutDotSegments(path);
  request.url = query < 0 ? plain : `${plain}${url.slice(query)}`;
  return plain;
}

const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/** Like Kestrel (RFC 3986, 5.2.4): the function must not see a path other than the one that was routed. */
function withoutDotSegments(path: string): string {
  const segments = path.split("/");
  const kept: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const plain = segment.replace(/%2e/gi, ".");
    if (plain !== "." && plain !== "..") {
      kept.push(segment);
      continue;
    }
    if (plain === ".." && kept.length > 1) kept.pop();
    if (index === segments.length - 1) kept.push("");
  }
  return kept.join("/");
}

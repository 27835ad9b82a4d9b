/** From an HTTP response to a value, or to the McpError that it stands for. */
import type { ProblemDetails } from "./contract-types.ts";
import { McpError } from "./mcp-error.ts";

/** @throws McpError with the server's problem, or `not_the_platform` when something else answered. */
export async function readAnswer<T>(
  response: Response,
  base: string,
  alsoAnswers: readonly number[],
): Promise<T> {
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  if (/^application\/problem\+json/i.test(type)) throw problemError(response, text);
  const answers = response.ok || alsoAnswers.includes(response.status);
  if (answers && text === "") return undefined as T;
  if (answers && /^application\/json/i.test(type)) {
    const value = parse(text);
    if (value !== undefined) return value as T;
  }
  throw notThePlatform(response, base);
}

function problemError(response: Response, text: string): McpError {
  const problem = (parse(text) ?? {}) as Partial<ProblemDetails>;
  return new McpError({
    status: response.status,
    code: problem.code ?? "internal",
    title: problem.title ?? `HTTP ${response.status}`,
    detail: problem.detail ?? `The server answered ${response.status}.`,
    errors: problem.errors,
    requestId: problem.instance ?? response.headers.get("x-request-id"),
    retryAfterSeconds: retryAfterSeconds(response.headers.get("retry-after")),
  });
}

function notThePlatform(response: Response, base: string): McpError {
  const moved = response.headers.get("location");
  const what =
    moved === null
      ? `answered ${response.status}, but not as MCP Platform does`
      : `redirects to ${moved}`;
  return new McpError({
    status: response.status,
    code: "not_the_platform",
    title: "Something else answered",
    detail: `${base} ${what}.`,
    requestId: response.headers.get("x-request-id"),
    // A gateway in front of the platform says 503 in its own words; its Retry-After counts.
    retryAfterSeconds: retryAfterSeconds(response.headers.get("retry-after")),
  });
}

/** Retry-After is seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterSeconds(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

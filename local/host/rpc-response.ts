/** Writes the response that the library returns in buffered mode. */
import type { ServerResponse } from "node:http";
import type { RpcHttpCookie, RpcHttpData } from "./core-types.ts";
import { answerEmpty } from "./http-server.ts";

/** Connection-level headers belong to the server, not to the function. */
const serverHeaders = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

export function writeRpcResponse(response: ServerResponse, http: RpcHttpData | undefined): void {
  if (response.destroyed) return;
  if (http) writeHttp(response, http);
  else answerEmpty(response, 204);
}

function writeHttp(response: ServerResponse, http: RpcHttpData): void {
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!serverHeaders.has(name.toLowerCase())) response.setHeader(name, value);
  }
  const cookies = (http.cookies ?? []).map(serialiseCookie);
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  response.statusCode = Number(http.statusCode ?? 200);
  const { bytes, string } = http.body ?? {};
  const body = bytes ?? string;
  if (body === undefined || body === null || body.length === 0) response.end();
  else response.end(body);
}

const sameSiteNames = { lax: "Lax", strict: "Strict", explicitNone: "None", none: undefined };

export function serialiseCookie(cookie: RpcHttpCookie): string {
  const parts = [`${cookie.name}=${encodeURIComponent(cookie.value ?? "")}`];
  const maxAge = cookie.maxAge?.value;
  const expires = cookie.expires?.value?.seconds;
  if (typeof maxAge === "number") parts.push(`Max-Age=${Math.floor(maxAge)}`);
  if (cookie.domain?.value) parts.push(`Domain=${cookie.domain.value}`);
  if (cookie.path?.value) parts.push(`Path=${cookie.path.value}`);
  if (typeof expires === "number") parts.push(`Expires=${new Date(expires * 1000).toUTCString()}`);
  if (cookie.httpOnly?.value) parts.push("HttpOnly");
  if (cookie.secure?.value) parts.push("Secure");
  const sameSite = sameSiteNames[cookie.sameSite ?? "none"];
  if (sameSite) parts.push(`SameSite=${sameSite}`);
  return parts.join("; ");
}

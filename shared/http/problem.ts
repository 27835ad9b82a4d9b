/** The one place that turns an error into an answer: RFC 9457 problem details, safe for the caller. */
import { AppError } from "../kernel/app-error.ts";
import { errorCatalogue } from "../kernel/error-catalogue.ts";
import type { Reply } from "./reply.ts";

/** Resolved against the request: the page of the installation that answered. */
const DOCS = "/api/docs";

/** Renders any thrown value; what is not an AppError becomes `internal` and tells the caller nothing. */
export function problemReply(error: unknown, requestId: string): Reply {
  const known =
    error instanceof AppError
      ? error
      : new AppError("internal", "The request could not be completed.", { cause: error });
  const { status, title } = errorCatalogue[known.code];
  const body = {
    type: `${DOCS}#${known.code}`,
    title,
    status,
    detail: known.detail,
    instance: requestId,
    code: known.code,
    ...(known.fields.length > 0 && { errors: known.fields }),
  };
  const headers: Record<string, string> = {
    ...known.headers,
    "content-type": "application/problem+json; charset=utf-8",
  };
  const retryAfter = known.retryAfterSeconds ?? (status === 503 ? 1 : undefined);
  if (retryAfter !== undefined) headers["retry-after"] = String(Math.ceil(retryAfter));
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="mcp"';
  return { status, headers, body: JSON.stringify(body) };
}

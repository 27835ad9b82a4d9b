/** The one error the SDK throws: the server's problem details (RFC 9457), or the reason why there are none. */
import type { ProblemDetails } from "./contract-types.ts";
import type { ClientErrorCode, ServerErrorCode } from "./error-codes.ts";

export interface McpErrorInit {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** A code this SDK knows, or a newer one. */
  readonly code: ServerErrorCode | ClientErrorCode | (string & {});
  readonly title: string;
  readonly detail: string;
  readonly errors?: ProblemDetails["errors"];
  readonly requestId?: string | null;
  readonly retryAfterSeconds?: number | null;
  readonly cause?: unknown;
}

export class McpError extends Error {
  readonly status: number;
  readonly code: McpErrorInit["code"];
  readonly title: string;
  readonly detail: string;
  /** Each fault with a JSON Pointer into the request; empty when there are none. */
  readonly errors: NonNullable<ProblemDetails["errors"]>;
  /** Quote it to whoever runs the server: the logs hold more under it. */
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(init: McpErrorInit) {
    super(init.detail, { cause: init.cause });
    this.name = "McpError";
    this.status = init.status;
    this.code = init.code;
    this.title = init.title;
    this.detail = init.detail;
    this.errors = init.errors ?? [];
    this.requestId = init.requestId ?? null;
    this.retryAfterSeconds = init.retryAfterSeconds ?? null;
  }
}

/** The one error type that rooms throw: a code from the catalogue and a sentence that is safe for the caller. */
import { type ErrorCode, errorCatalogue } from "./error-catalogue.ts";

export interface FieldError {
  /** JSON Pointer (RFC 6901) into the request: `/sql`, `/params/0`; empty for the whole. */
  readonly pointer: string;
  readonly message: string;
}

export interface AppErrorOptions {
  readonly fields?: readonly FieldError[];
  readonly cause?: unknown;
  /** For the logs only, never for the caller. */
  readonly meta?: Readonly<Record<string, string | number | boolean>>;
  /** Sent as `Retry-After`, in seconds. */
  readonly retryAfterSeconds?: number;
  /** Headers that go with the answer, lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
}

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly detail: string;
  readonly fields: readonly FieldError[];
  readonly meta: Readonly<Record<string, string | number | boolean>>;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, detail: string, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.detail = detail;
    this.fields = options.fields ?? [];
    this.meta = options.meta ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}

/** A request as the HTTP layer reads it, without a host. */
import type { IncomingRequest } from "../../shared/http/reply.ts";
import { AppError } from "../../shared/kernel/app-error.ts";

export interface RequestParts {
  readonly method?: string;
  readonly url?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export function request(parts: RequestParts = {}): IncomingRequest {
  return {
    method: parts.method ?? "POST",
    url: parts.url ?? "http://host/api/things",
    params: parts.params ?? {},
    header: (name) => parts.headers?.[name] ?? null,
    bytes: async (limit) => {
      const bytes = new TextEncoder().encode(parts.body ?? "");
      if (bytes.length > limit) throw new AppError("body_too_large", "too large");
      return bytes;
    },
  };
}

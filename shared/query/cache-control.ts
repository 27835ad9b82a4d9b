/** The Cache-Control request directives that are honoured (RFC 9111, 5.2.1). */
import { AppError } from "../kernel/app-error.ts";

export interface CacheControl {
  /** Do not answer from the cache. */
  readonly noCache: boolean;
  /** Neither answer from the cache nor keep the answer. */
  readonly noStore: boolean;
  /** Answer from the cache or not at all. */
  readonly onlyIfCached: boolean;
}

export const cacheDefault: CacheControl = { noCache: false, noStore: false, onlyIfCached: false };

/** Unknown directives are ignored, as the RFC wants. @throws AppError request_invalid for directives that contradict each other. */
export function parseCacheControl(header: string | null): CacheControl {
  if (header === null) return cacheDefault;
  const names = new Set(header.split(",").map((part) => part.trim().toLowerCase()));
  const control = {
    noCache: names.has("no-cache"),
    noStore: names.has("no-store"),
    onlyIfCached: names.has("only-if-cached"),
  };
  if (control.onlyIfCached && (control.noCache || control.noStore)) {
    throw new AppError("request_invalid", "only-if-cached cannot go with no-cache or no-store.", {
      fields: [{ pointer: "/header/cache-control", message: "contradicts itself" }],
    });
  }
  return control;
}

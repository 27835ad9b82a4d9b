/** The Cache-Control request directives that are honoured (RFC 9111, 5.2.1; stale-while-revalidate is of RFC 5861). */
import type { Tolerance } from "../cache/ports.ts";
import { AppError } from "../kernel/app-error.ts";

export interface CacheControl extends Tolerance {
  /** Do not answer from the cache. */
  readonly noCache: boolean;
  /** Neither answer from the cache nor keep the answer. */
  readonly noStore: boolean;
  /** Answer from the cache or not at all. */
  readonly onlyIfCached: boolean;
}

export const cacheDefault: CacheControl = {
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeSeconds: null,
  staleSeconds: null,
};

/** Unknown directives are ignored, as the RFC wants. @throws AppError request_invalid for a bad number, or directives that contradict each other. */
export function parseCacheControl(header: string | null): CacheControl {
  if (header === null) return cacheDefault;
  const directives = new Map(
    header.split(",").map((part) => {
      const [name = "", value] = part.trim().toLowerCase().split("=", 2);
      return [name.trim(), value?.trim().replaceAll('"', "")] as const;
    }),
  );
  const control: CacheControl = {
    noCache: directives.has("no-cache"),
    noStore: directives.has("no-store"),
    onlyIfCached: directives.has("only-if-cached"),
    maxAgeSeconds: seconds(directives, "max-age"),
    staleSeconds: staleness(directives),
  };
  if (control.onlyIfCached && (control.noCache || control.noStore))
    throw invalid(
      "only-if-cached cannot go with no-cache or no-store.",
      "only-if-cached contradicts no-cache and no-store",
    );
  return control;
}

type Directives = ReadonlyMap<string, string | undefined>;

/** As a request directive both mean: better an old answer now. Without a number max-stale takes any age. */
function staleness(directives: Directives): number | null {
  if (directives.has("max-stale") && directives.get("max-stale") === undefined) return Infinity;
  const both = [
    seconds(directives, "max-stale"),
    seconds(directives, "stale-while-revalidate"),
  ].filter((one) => one !== null);
  return both.length === 0 ? null : Math.max(...both);
}

function seconds(directives: Directives, name: string): number | null {
  if (!directives.has(name)) return null;
  const text = directives.get(name) ?? "";
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw invalid(`${name} takes a whole number of seconds.`, `${name} is not a number of seconds`);
}

const invalid = (detail: string, message: string): AppError =>
  new AppError("request_invalid", detail, {
    fields: [{ pointer: "/header/cache-control", message }],
  });

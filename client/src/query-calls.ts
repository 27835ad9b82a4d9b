/** Questions and SQL, the history, and the result cache. */
import type {
  CacheStats,
  ExplainAnswer,
  HistoryItem,
  InvalidateAnswer,
  InvalidateInput,
  QueryInput,
  QueryResponse,
} from "./contract-types.ts";
import { listing } from "./listing.ts";
import type { CallOptions, Transport } from "./transport.ts";

export interface QueryCallOptions extends CallOptions {
  /** `no-cache` runs it anew, `no-store` also keeps no result, `only-if-cached` never runs it. */
  readonly cacheControl?: "no-cache" | "no-store" | "only-if-cached";
}

export const queryCalls = (transport: Transport) => ({
  /**
   * Answers a question or runs one reading statement. Look at `kind`: a question may also end in `clarify` or
   * `abstain`. @throws McpError sql_syntax, sql_refused, source_not_found, table_not_found, query_failed, query_timeout.
   */
  query: (request: QueryInput, options: QueryCallOptions = {}) =>
    transport.send<QueryResponse>(
      {
        method: "POST",
        path: "/query",
        body: request,
        repeat: "safe",
        ...(options.cacheControl !== undefined && {
          headers: { "cache-control": options.cacheControl },
        }),
      },
      options,
    ),

  /** The plan of a statement or question, without running it. */
  explain: (request: QueryInput, options?: CallOptions) =>
    transport.send<ExplainAnswer>(
      { method: "POST", path: "/query/explain", body: request, repeat: "safe" },
      options,
    ),

  /** Past queries, newest first. */
  history: (query: { limit?: number; source?: string } = {}, options?: CallOptions) =>
    listing<HistoryItem>(transport, "/query/history", query, options),

  cacheStats: (options?: CallOptions) =>
    transport.send<CacheStats>({ method: "GET", path: "/cache/stats" }, options),

  /** Drops cached results of some tables, or with `all` of a whole source. */
  invalidate: (request: InvalidateInput, options?: CallOptions) =>
    transport.send<InvalidateAnswer>(
      { method: "POST", path: "/cache/invalidate", body: request, repeat: "safe" },
      options,
    ),
});

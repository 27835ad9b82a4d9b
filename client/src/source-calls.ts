/** Data sources: register, look into, check, remove. */
import type {
  ChangeTriggersAnswer,
  SchemaAnswer,
  SchemaDetail,
  Source,
  SourceCheckAnswer,
  SourceInput,
} from "./contract-types.ts";
import { listing } from "./listing.ts";
import { type CallOptions, route, type Transport } from "./transport.ts";

export const sourceCalls = (transport: Transport) => ({
  listSources: (options?: CallOptions) => listing<Source>(transport, "/sources", {}, options),

  /** Credentials are write-only: no call gives them back. @throws McpError source_exists, request_invalid. */
  registerSource: (source: SourceInput, options?: CallOptions) =>
    transport.send<Source>(
      { method: "POST", path: "/sources", body: source, repeat: "keyed" },
      options,
    ),

  /** The tables as this key may see them. @throws McpError source_not_found, source_unavailable. */
  schema: (id: string, detail: SchemaDetail = "summary", options?: CallOptions) =>
    transport.send<SchemaAnswer>(
      { method: "GET", path: route`/sources/${id}/schema`, query: { detail } },
      options,
    ),

  /** Connects once and says how that went. @throws McpError source_not_found. */
  checkSource: (id: string, options?: CallOptions) =>
    transport.send<SourceCheckAnswer>(
      { method: "POST", path: route`/sources/${id}/check`, repeat: "safe" },
      options,
    ),

  /** They must answer before they take the place of the old ones. @throws McpError source_not_found, request_invalid. */
  rotateCredentials: (id: string, credentials: SourceInput["credentials"], options?: CallOptions) =>
    transport.send<SourceCheckAnswer>(
      { method: "PUT", path: route`/sources/${id}/credentials`, body: { credentials } },
      options,
    ),

  /** The SQL that makes the cache exact for a source. @throws McpError source_not_found, request_invalid. */
  changeTriggers: (id: string, options?: CallOptions) =>
    transport.send<ChangeTriggersAnswer>(
      { method: "GET", path: route`/sources/${id}/change-triggers` },
      options,
    ),

  /** @throws McpError source_not_found, source_builtin. */
  removeSource: (id: string, options?: CallOptions) =>
    transport.send<void>({ method: "DELETE", path: route`/sources/${id}` }, options),
});

/** Data sources: register, look into, check, remove. */
import type {
  ChangeTriggersAnswer,
  ImportedSemanticModel,
  SavedSemanticModel,
  SchemaAnswer,
  SchemaDetail,
  SemanticModel,
  SemanticModelAnswer,
  SemanticModelInput,
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

  /** What this key may see of it. @throws McpError source_not_found, semantic_model_not_found. */
  semanticModel: (id: string, options?: CallOptions) =>
    transport.send<SemanticModelAnswer>(
      { method: "GET", path: route`/sources/${id}/semantic-model` },
      options,
    ),

  /** Every fault comes with its pointer. @throws McpError source_not_found, request_invalid. */
  saveSemanticModel: (id: string, model: SemanticModelInput, options?: CallOptions) =>
    transport.send<SavedSemanticModel>(
      { method: "PUT", path: route`/sources/${id}/semantic-model`, body: model },
      options,
    ),

  /** Takes it out of force; its versions stay. @throws McpError source_not_found, semantic_model_not_found. */
  removeSemanticModel: (id: string, options?: CallOptions) =>
    transport.send<void>({ method: "DELETE", path: route`/sources/${id}/semantic-model` }, options),

  /** A first model out of the catalogue; nothing is saved. @throws McpError source_not_found. */
  draftSemanticModel: (id: string, options?: CallOptions) =>
    transport.send<SemanticModel>(
      { method: "GET", path: route`/sources/${id}/semantic-model/draft` },
      options,
    ),

  /** Another product's model, as JSON. @throws McpError source_not_found, request_invalid. */
  importSemanticModel: (
    id: string,
    format: "cortex" | "wren",
    document: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ) =>
    transport.send<ImportedSemanticModel>(
      {
        method: "POST",
        path: route`/sources/${id}/semantic-model/import`,
        query: { format },
        body: document,
        repeat: "keyed",
      },
      options,
    ),

  /** @throws McpError source_not_found, source_builtin. */
  removeSource: (id: string, options?: CallOptions) =>
    transport.send<void>({ method: "DELETE", path: route`/sources/${id}` }, options),
});

/** Semantic models of sources: show, save, draft, import, remove. */
import type {
  ImportedSemanticModel,
  SavedSemanticModel,
  SemanticModel,
  SemanticModelAnswer,
  SemanticModelInput,
} from "./contract-types.ts";
import { type CallOptions, route, type Transport } from "./transport.ts";

export const semanticCalls = (transport: Transport) => ({
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
});

/** Models: register, read, label, roll back. */
import type {
  HistoryEvent,
  LabelMove,
  LabelState,
  ModelConfigInput,
  ModelDetail,
  ModelStatus,
  ModelSummary,
  RegisterAnswer,
  RollbackInput,
} from "./contract-types.ts";
import { listing } from "./listing.ts";
import { type CallOptions, route, type Transport } from "./transport.ts";

export const modelCalls = (transport: Transport) => ({
  /** Registers a configuration as a new immutable version, or finds the version that it already is. @throws McpError request_invalid. */
  registerModel: (config: ModelConfigInput, options?: CallOptions) =>
    transport.send<RegisterAnswer>(
      { method: "POST", path: "/models/register", body: config, repeat: "keyed" },
      options,
    ),

  listModels: (query: { limit?: number } = {}, options?: CallOptions) =>
    listing<ModelSummary>(transport, "/models", query, options),

  /** `id` is `name`, `name@label` or `name@3`; `at` (ISO 8601) answers what it was then. @throws McpError model_not_found. */
  getModel: (id: string, query: { at?: string } = {}, options?: CallOptions) =>
    transport.send<ModelDetail>({ method: "GET", path: route`/models/${id}`, query }, options),

  /** Is its endpoint healthy, and how is that known. @throws McpError model_not_found. */
  getModelStatus: (id: string, options?: CallOptions) =>
    transport.send<ModelStatus>({ method: "GET", path: route`/models/${id}/status` }, options),

  /** Every version, label move and retirement, in the order they happened. @throws McpError model_not_found. */
  modelHistory: (id: string, options?: CallOptions) =>
    listing<HistoryEvent>(transport, route`/models/${id}/history`, {}, options),

  /** Points a label at a version. @throws McpError model_not_found, model_conflict. */
  moveLabel: (id: string, label: string, move: LabelMove, options?: CallOptions) =>
    transport.send<LabelState>(
      { method: "PUT", path: route`/models/${id}/labels/${label}`, body: move },
      options,
    ),

  /** Points a label at the version it pointed at before. @throws McpError rollback_impossible. */
  rollback: (id: string, request: RollbackInput, options?: CallOptions) =>
    transport.send<LabelState>(
      { method: "POST", path: route`/models/${id}/rollback`, body: request, repeat: "keyed" },
      options,
    ),
});

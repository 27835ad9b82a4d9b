/** Models: register, read, label, roll back, retire. */
import * as z from "zod";
import { PageQuery, page, Slug } from "../shared/contract/common.ts";
import {
  AtQuery,
  HistoryEvent,
  LabelMove,
  LabelState,
  ModelConfig,
  ModelDetail,
  ModelLabelPath,
  ModelPatch,
  ModelPath,
  ModelStatus,
  ModelSummary,
  ModelVersionPath,
  RegisterAnswer,
  RollbackRequest,
  VersionDetail,
  VersionPageQuery,
  VersionSummary,
} from "../shared/contract/models.ts";
import { modelHealth } from "../shared/health/read-model-health.ts";
import { describeModel, retireModel } from "../shared/registry/change-model.ts";
import { readLabels } from "../shared/registry/label-ledger.ts";
import { moveLabel, rollBackLabel } from "../shared/registry/move-label.ts";
import { requireModel, resolveModel } from "../shared/registry/read-model.ts";
import { registerModel } from "../shared/registry/register-model.ts";
import { defineHttp } from "./define.ts";
import {
  toHistoryEvent,
  toLabelState,
  toModelDetail,
  toModelSummary,
  toVersionDetail,
  toVersionSummary,
} from "./views/models.ts";
import { toPage } from "./views/page.ts";

const tag = "Models";
const read = { permission: "models:read" } as const;
const write = { permission: "models:write" } as const;
const ModelIdPath = z.strictObject({ id: Slug });
const timeOf = (at: string | undefined) => (at === undefined ? null : Date.parse(at));

export const registerModelFunction = defineHttp({
  name: "register-model",
  method: "POST",
  route: "models/register",
  tag,
  access: write,
  idempotency: "replay",
  summary: "Register a model's configuration as an immutable version",
  input: { body: ModelConfig },
  output: RegisterAnswer,
  handle: async (deps, { body }, ctx) => {
    const { version, digest, created } = await registerModel(deps, body, ctx);
    return {
      status: created ? 201 : 200,
      body: {
        model_id: body.model_id,
        version,
        digest,
        status: created ? "registered" : "unchanged",
      },
    };
  },
});

export const listModels = defineHttp({
  name: "list-models",
  method: "GET",
  route: "models",
  tag,
  access: read,
  idempotency: "none",
  summary: "List models by id",
  input: { query: PageQuery },
  output: page(ModelSummary),
  handle: async (deps, { query }) => ({
    body: toPage(
      await deps.models.list(query.limit + 1, query.cursor ?? null),
      query.limit,
      (model) => model.modelId,
      toModelSummary,
    ),
  }),
});

export const getModel = defineHttp({
  name: "get-model",
  method: "GET",
  route: "models/{id}",
  tag,
  access: read,
  idempotency: "none",
  summary: "One model: name, name@label or name@version, now or at an earlier time",
  input: { path: ModelPath, query: AtQuery },
  output: ModelDetail,
  handle: async (deps, { path, query }) => {
    const { model, version } = await resolveModel(deps, path.id, timeOf(query.at));
    return { headers: { etag: `"${model.revision}"` }, body: toModelDetail(model, version) };
  },
});

export const patchModel = defineHttp({
  name: "describe-model",
  method: "PATCH",
  route: "models/{id}",
  tag,
  access: write,
  idempotency: "none",
  summary:
    "Change a model's description; If-Match guards against overwriting someone else's change",
  input: { path: ModelIdPath, body: ModelPatch },
  output: ModelSummary,
  handle: async (deps, input, ctx) => ({
    body: toModelSummary(
      await describeModel(
        deps,
        {
          modelId: input.path.id,
          description: input.body.description,
          ifMatch: input.header("if-match"),
        },
        ctx,
      ),
    ),
  }),
});

export const deleteModel = defineHttp({
  name: "retire-model",
  method: "DELETE",
  route: "models/{id}",
  tag,
  access: write,
  idempotency: "none",
  summary: "Retire a model; its history stays readable",
  input: { path: ModelIdPath },
  output: null,
  handle: async (deps, { path }, ctx) => {
    await retireModel(deps, path.id, ctx);
    return { body: null };
  },
});

export const listVersions = defineHttp({
  name: "list-model-versions",
  method: "GET",
  route: "models/{id}/versions",
  tag,
  access: read,
  idempotency: "none",
  summary: "A model's versions, newest first",
  input: { path: ModelIdPath, query: VersionPageQuery },
  output: page(VersionSummary),
  handle: async (deps, { path, query }) => {
    await requireModel(deps, path.id);
    const rows = await deps.models.versions(path.id, query.limit + 1, query.cursor ?? null);
    return { body: toPage(rows, query.limit, (row) => String(row.version), toVersionSummary) };
  },
});

export const getVersion = defineHttp({
  name: "get-model-version",
  method: "GET",
  route: "models/{id}/versions/{n}",
  tag,
  access: read,
  idempotency: "none",
  summary: "One version with its configuration",
  input: { path: ModelVersionPath },
  output: VersionDetail,
  handle: async (deps, { path }) => ({
    body: toVersionDetail((await resolveModel(deps, `${path.id}@${path.n}`, null)).version),
  }),
});

export const listLabels = defineHttp({
  name: "list-model-labels",
  method: "GET",
  route: "models/{id}/labels",
  tag,
  access: read,
  idempotency: "none",
  summary: "Where each label points, now or at an earlier time",
  input: { path: ModelIdPath, query: AtQuery },
  output: z.object({ items: z.array(LabelState) }),
  handle: async (deps, { path, query }) => {
    await requireModel(deps, path.id);
    const labels = readLabels(await deps.models.events(path.id, timeOf(query.at)));
    return { body: { items: [...labels.values()].map(toLabelState) } };
  },
});

export const putLabel = defineHttp({
  name: "move-model-label",
  method: "PUT",
  route: "models/{id}/labels/{label}",
  tag,
  access: write,
  idempotency: "none",
  summary: "Point a label at a version",
  input: { path: ModelLabelPath, body: LabelMove },
  output: LabelState,
  handle: async (deps, { path, body }, ctx) => ({
    body: toLabelState(
      await moveLabel(deps, { modelId: path.id, label: path.label, ...body }, ctx),
    ),
  }),
});

export const rollBack = defineHttp({
  name: "roll-back-model",
  method: "POST",
  route: "models/{id}/rollback",
  tag,
  access: write,
  idempotency: "replay",
  summary: "Point a label back at the version before its current one",
  input: { path: ModelIdPath, body: RollbackRequest },
  output: LabelState,
  handle: async (deps, { path, body }, ctx) => ({
    body: toLabelState(await rollBackLabel(deps, { modelId: path.id, ...body }, ctx)),
  }),
});

export const modelHistory = defineHttp({
  name: "model-history",
  method: "GET",
  route: "models/{id}/history",
  tag,
  access: read,
  idempotency: "none",
  summary: "Everything that happened to a model, oldest first",
  input: { path: ModelIdPath },
  output: z.object({ items: z.array(HistoryEvent) }),
  handle: async (deps, { path }) => {
    await requireModel(deps, path.id);
    return { body: { items: (await deps.models.events(path.id, null)).map(toHistoryEvent) } };
  },
});

export const modelStatus = defineHttp({
  name: "model-status",
  method: "GET",
  route: "models/{id}/status",
  tag,
  access: read,
  idempotency: "none",
  summary: "Is the model's endpoint alive, and how is that known",
  input: { path: ModelPath },
  output: ModelStatus,
  handle: async (deps, { path }) => {
    const { model, version } = await resolveModel(deps, path.id, null);
    return {
      body: {
        model_id: model.modelId,
        version: version.version,
        status: model.status,
        health: await modelHealth(deps, model.modelId),
      },
    };
  },
});

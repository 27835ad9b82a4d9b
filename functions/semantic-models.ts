/** Semantic models: what a source's tables, columns, figures and filters are called and mean. */
import {
  ForeignModel,
  ImportAnswer,
  ImportQuery,
  SavedSemanticModel,
  SemanticModel,
  SemanticModelAnswer,
} from "../shared/contract/semantic-model.ts";
import { SourcePath } from "../shared/contract/sources.ts";
import { may } from "../shared/http/serve-http.ts";
import { AppError } from "../shared/kernel/app-error.ts";
import { accessTo } from "../shared/policy/access-to.ts";
import { teachExample } from "../shared/query/teach-example.ts";
import { draftModel } from "../shared/semantic/draft-model.ts";
import { type ImportDeps, importModel } from "../shared/semantic/import-model.ts";
import { readModel, removeModel, saveModel } from "../shared/semantic/save-model.ts";
import { defineHttp } from "./define.ts";
import { toImported, toSaved } from "./views/semantic-models.ts";

const tag = "Sources";
const read = { permission: "sources:read" } as const;
const write = { permission: "sources:write" } as const;

export const getSemanticModel = defineHttp({
  name: "get-semantic-model",
  method: "GET",
  route: "sources/{id}/semantic-model",
  tag,
  access: read,
  idempotency: "none",
  summary: "The source's semantic model, as far as this credential may see what it is about",
  input: { path: SourcePath },
  output: SemanticModelAnswer,
  handle: async (deps, { path }, ctx) => {
    const stored = await readModel(deps, path.id, ctx);
    return { body: { ...toSaved(stored), model: stored.model } };
  },
});

export const putSemanticModel = defineHttp({
  name: "put-semantic-model",
  method: "PUT",
  route: "sources/{id}/semantic-model",
  tag,
  access: write,
  idempotency: "none",
  summary: "Save the source's semantic model; what does not fit the source is named, name by name",
  input: { path: SourcePath, body: SemanticModel },
  output: SavedSemanticModel,
  handle: async (deps, { path, body }, ctx) => {
    const { stored, created } = await saveModel(deps, { sourceId: path.id, model: body }, ctx);
    return { status: created ? 201 : 200, body: toSaved(stored) };
  },
});

export const deleteSemanticModel = defineHttp({
  name: "remove-semantic-model",
  method: "DELETE",
  route: "sources/{id}/semantic-model",
  tag,
  access: write,
  idempotency: "none",
  summary: "Take the source's semantic model out of force; its versions stay",
  input: { path: SourcePath },
  output: null,
  handle: async (deps, { path }, ctx) => {
    await removeModel(deps, path.id, ctx);
    return { body: null };
  },
});

export const draftSemanticModel = defineHttp({
  name: "draft-semantic-model",
  method: "GET",
  route: "sources/{id}/semantic-model/draft",
  tag,
  access: read,
  idempotency: "none",
  summary: "A first semantic model, made of the source's catalogue; nothing is saved",
  input: { path: SourcePath },
  output: SemanticModel,
  handle: async (deps, { path }, ctx) => {
    const source = await deps.sources.resolve(path.id, ctx.principal);
    return { body: draftModel((await accessTo(deps, source, ctx)).schema) };
  },
});

export const importSemanticModel = defineHttp({
  name: "import-semantic-model",
  method: "POST",
  route: "sources/{id}/semantic-model/import",
  tag,
  access: write,
  idempotency: "replay",
  summary:
    "Take over a model of Cortex Analyst or Wren, written as JSON; verified queries become examples",
  input: { path: SourcePath, query: ImportQuery, body: ForeignModel },
  output: ImportAnswer,
  handle: async (deps, { path, query, body }, ctx) => {
    const teach: ImportDeps["teach"] = may(ctx.principal, "query:teach")
      ? (example) => teachExample(deps, { ...example, replace: false }, ctx)
      : refuseToTeach;
    const input = { sourceId: path.id, format: query.format, document: body };
    const imported = await importModel({ ...deps, teach }, input, ctx);
    return { status: imported.created ? 201 : 200, body: toImported(imported) };
  },
});

async function refuseToTeach(): Promise<never> {
  throw new AppError("forbidden", "To save examples takes the permission query:teach.");
}

/** Reading models: by name, by label, by version, and as they were at an earlier time. */
import { AppError } from "../kernel/app-error.ts";
import { labelOf, latestVersion, readLabels } from "./label-ledger.ts";
import { type ModelRef, parseModelRef } from "./model-ref.ts";
import type { LedgerEvent, ModelRow, ModelStore, VersionRow } from "./ports.ts";

type ReadDeps = { readonly models: Pick<ModelStore, "get" | "version" | "events"> };

/** @throws AppError model_not_found. */
export async function requireModel(
  deps: { readonly models: Pick<ModelStore, "get"> },
  modelId: string,
): Promise<ModelRow> {
  const model = await deps.models.get(modelId);
  if (model === null) throw new AppError("model_not_found", `There is no model ${modelId}.`);
  return model;
}

/**
 * The version that `reference` means, now or at the time `at` (milliseconds since the Unix epoch).
 * @throws AppError model_not_found or label_not_found.
 */
export async function resolveModel(
  deps: ReadDeps,
  reference: string,
  at: number | null,
): Promise<{ model: ModelRow; version: VersionRow }> {
  const ref = parseModelRef(reference);
  const model = await requireModel(deps, ref.modelId);
  const number =
    at === null
      ? currentVersion(model, ref)
      : versionAt(await deps.models.events(ref.modelId, at), ref);
  if (number === null) throw missing(ref, at);
  const version = await deps.models.version(ref.modelId, number);
  if (version === null) throw missing(ref, at);
  return { model, version };
}

function currentVersion(model: ModelRow, ref: ModelRef): number | null {
  if (ref.at === null) return model.latestVersion;
  return "version" in ref.at ? ref.at.version : labelOf(model.labels, ref.at.label);
}

function versionAt(events: readonly LedgerEvent[], ref: ModelRef): number | null {
  const latest = latestVersion(events);
  if (ref.at === null || latest === null) return latest;
  if ("version" in ref.at) return ref.at.version <= latest ? ref.at.version : null;
  return readLabels(events).get(ref.at.label)?.version ?? null;
}

function missing(ref: ModelRef, at: number | null): AppError {
  const when = at === null ? "" : ` at ${new Date(at).toISOString()}`;
  if (ref.at !== null && "label" in ref.at)
    return new AppError(
      "label_not_found",
      `The model ${ref.modelId} has no label ${ref.at.label}${when}.`,
    );
  return new AppError("model_not_found", `There is no such version of ${ref.modelId}${when}.`);
}

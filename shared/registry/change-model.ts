/** Changes to a model that make no version: its description, and retiring it. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { ModelRow, ModelStore } from "./ports.ts";
import { requireModel } from "./read-model.ts";

/** @throws AppError model_not_found, precondition_failed when `ifMatch` is not the model's current ETag. */
export async function describeModel(
  deps: { readonly models: Pick<ModelStore, "get" | "describe"> },
  input: { modelId: string; description: string | null; ifMatch: string | null },
  ctx: CallContext,
): Promise<ModelRow> {
  await requireModel(deps, input.modelId);
  const expected =
    input.ifMatch === null || input.ifMatch === "*"
      ? null
      : Number(/^"(\d{1,9})"$/.exec(input.ifMatch)?.[1] ?? -1);
  if (!(await deps.models.describe(input.modelId, input.description, expected, ctx.now))) {
    throw new AppError(
      "precondition_failed",
      `The model ${input.modelId} has changed since it was read.`,
    );
  }
  return requireModel(deps, input.modelId);
}

/** Retiring a retired model changes nothing. @throws AppError model_not_found. */
export async function retireModel(
  deps: { readonly models: Pick<ModelStore, "get" | "retire"> },
  modelId: string,
  ctx: CallContext,
): Promise<void> {
  await requireModel(deps, modelId);
  await deps.models.retire(modelId, { by: ctx.principal.id, at: ctx.now, reason: null });
}

/** The registered model on whose behalf a query is made. It is logged and counted; no answer depends on it. */
import { AppError } from "../kernel/app-error.ts";
import type { Principal } from "../kernel/context.ts";
import type { ModelNames, NamedModel } from "./ports.ts";

export interface AskingModelDeps {
  readonly modelNames: ModelNames;
}

/**
 * Null where none is named. Who may not read models may not name one either: the answer would tell which there are.
 * @throws AppError forbidden, model_not_found, label_not_found.
 */
export async function askingModel(
  { modelNames }: AskingModelDeps,
  reference: string | undefined,
  { permissions }: Pick<Principal, "permissions">,
): Promise<NamedModel | null> {
  if (reference === undefined) return null;
  if (!permissions.has("models:read") && !permissions.has("admin"))
    throw new AppError("forbidden", "Naming a model needs the permission models:read.");
  return modelNames.resolve(reference);
}

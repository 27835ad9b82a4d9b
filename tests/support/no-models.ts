/** A registry in which nothing is registered. */
import { AppError } from "../../shared/kernel/app-error.ts";
import type { ModelNames } from "../../shared/query/ports.ts";

export const noModels: ModelNames = {
  resolve: async (reference) => {
    throw new AppError("model_not_found", `There is no model ${reference}.`);
  },
};

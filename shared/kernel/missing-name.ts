/** A name of a statement that its source does not know: beside the error and not in it, since errors are logged. */
import type { AppError } from "./app-error.ts";

export interface MissingName {
  readonly kind: "table" | "column";
  /** As the source spells it, without what qualified it. */
  readonly name: string;
  /** Where it stands in the text that the source was sent; absent where the source does not say. */
  readonly at?: { readonly line: number; readonly column: number };
}

const missing = new WeakMap<AppError, MissingName>();

/** For adapters. @returns the same error. */
export function noteMissing(error: AppError, name: MissingName | null): AppError {
  if (name !== null) missing.set(error, name);
  return error;
}

export function missingOf(error: AppError): MissingName | null {
  return missing.get(error) ?? null;
}

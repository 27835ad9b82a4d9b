/** The part of a model that is about what a caller sees: entries that a restricted schema has no place for are left out. */
import type { SemanticModel } from "../contract/semantic-model.ts";
import type { CompiledModel } from "./compile-model.ts";

export function modelSeen(model: SemanticModel, compiled: CompiledModel): SemanticModel {
  const kept = <T>(entries: readonly T[], found: readonly { readonly at: number }[]): T[] => {
    const places = new Set(found.map(({ at }) => at));
    return entries.filter((_, at) => places.has(at));
  };
  return {
    tables: compiled.tables.map(({ entry, columns }) => ({
      ...entry,
      columns: columns.map((one) => one.entry),
    })),
    relationships: kept(model.relationships, compiled.relationships),
    metrics: kept(model.metrics, compiled.metrics),
    filters: kept(model.filters, compiled.filters),
  };
}

/** The part of a model that is about what a caller sees: entries that a restricted schema has no place for are left out. */
import type { SemanticColumn, SemanticModel } from "../contract/semantic-model.ts";
import type { CompiledModel } from "./compile-model.ts";

export function modelSeen(model: SemanticModel, compiled: CompiledModel): SemanticModel {
  const kept = <T>(entries: readonly T[], found: readonly { readonly at: number }[]): T[] => {
    const places = new Set(found.map(({ at }) => at));
    return entries.filter((_, at) => places.has(at));
  };
  return {
    tables: compiled.tables.map(({ entry, columns }) => ({
      ...entry,
      columns: columns.map(columnSeen),
    })),
    relationships: kept(model.relationships, compiled.relationships),
    metrics: kept(model.metrics, compiled.metrics),
    filters: kept(model.filters, compiled.filters),
  };
}

/** The values that an entry names are as secret as those that the column stores. */
function columnSeen({
  column,
  entry: { values, ...rest },
}: CompiledModel["tables"][number]["columns"][number]): SemanticColumn {
  return values !== undefined && column.namedValues !== undefined ? { ...rest, values } : rest;
}

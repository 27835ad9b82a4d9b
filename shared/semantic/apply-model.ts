/** Lays a model over a schema: descriptions, synonyms, roles, keys; and over what a caller sees, its metrics and filters. */
import type { AskSemantics, NamedFilter, SemanticExpression } from "../ask/ports.ts";
import type { SemanticColumn } from "../contract/semantic-model.ts";
import type {
  ColumnInfo,
  ForeignKey,
  SourceSchema,
  TableInfo,
  TableRef,
} from "../sources/ports.ts";
import type { SqlParser } from "../sql/ports.ts";
import { type CompiledModel, compileModel } from "./compile-model.ts";
import type { AppliedModel, SemanticKnowledge, SemanticMemory, StoredModel } from "./ports.ts";

export interface KnowledgeDeps {
  readonly memory: Pick<SemanticMemory, "forSource">;
  readonly parser: SqlParser;
}

/** Everything derived hangs on the schema's and the model's identity, which stay while they do not change. */
export function createSemanticKnowledge({ memory, parser }: KnowledgeDeps): SemanticKnowledge {
  const applied = new WeakMap<SourceSchema, { of: StoredModel; applied: AppliedModel }>();
  return {
    of: async ({ record }, schema) => {
      const stored = await memory.forSource(record.sourceId);
      if (stored === null) return null;
      const known = applied.get(schema);
      if (known?.of === stored) return known.applied;
      const made = applyModel(parser, stored, schema);
      applied.set(schema, { of: stored, applied: made });
      return made;
    },
  };
}

/** What no longer fits a schema that has changed since is left out: the rest goes on. */
export function applyModel(
  parser: SqlParser,
  stored: StoredModel,
  schema: SourceSchema,
): AppliedModel {
  const compiled = compileModel(parser, stored.model, schema);
  const version = `${stored.version}-${stored.digest.slice(-64).slice(0, 12)}`;
  const visible = new WeakMap<SourceSchema, AskSemantics>();
  return {
    version,
    schema: { ...schema, tables: schema.tables.map((table) => described(table, compiled)) },
    visibleTo: (seen) => {
      const known = visible.get(seen) ?? visibleSemantics(compiled, seen, version);
      visible.set(seen, known);
      return known;
    },
  };
}

function described(table: TableInfo, { tables, relationships }: CompiledModel): TableInfo {
  const own = tables.find((one) => one.table === table);
  const keys = relationships.filter((one) => one.table === table).map(({ key }) => key);
  if (own === undefined && keys.length === 0) return table;
  const entries = new Map(own?.columns.map(({ column, entry }) => [column, entry]));
  return {
    ...table,
    ...words(table, own?.entry),
    ...(own?.entry.default_time_column !== undefined && {
      defaultTimeColumn: own.entry.default_time_column,
    }),
    columns: table.columns.map((column) => describedColumn(column, entries.get(column))),
    foreignKeys: withRelationships(table.foreignKeys, keys),
  };
}

/** A description says more than a comment does: it stands in its place. */
function words(
  { comment }: { readonly comment?: string },
  entry:
    | { readonly description?: string | undefined; readonly synonyms: readonly string[] }
    | undefined,
) {
  const text = entry?.description ?? comment;
  return {
    ...(text !== undefined && text !== "" && { comment: text }),
    ...(entry !== undefined && entry.synonyms.length > 0 && { synonyms: entry.synonyms }),
  };
}

function describedColumn(column: ColumnInfo, entry: SemanticColumn | undefined): ColumnInfo {
  if (entry === undefined) return column;
  return {
    ...column,
    ...words(column, entry),
    ...(entry.role !== undefined && { role: entry.role }),
    ...(entry.default_aggregation !== undefined && {
      defaultAggregation: entry.default_aggregation,
    }),
    ...(entry.unit !== undefined && { unit: entry.unit }),
    ...(entry.values !== undefined && { namedValues: entry.values }),
  };
}

/** A relationship that is a key already only names it. */
function withRelationships(
  known: readonly ForeignKey[],
  added: readonly ForeignKey[],
): readonly ForeignKey[] {
  const same = ({ columns, references }: ForeignKey) => JSON.stringify([columns, references]);
  const byKey = new Map([...known, ...added].map((key) => [same(key), key]));
  return [...byKey.values()];
}

/** A definition is as secret as the most secret of its columns. */
function visibleSemantics(
  { metrics, filters }: CompiledModel,
  schema: SourceSchema,
  version: string,
): AskSemantics {
  const seen = (table: TableRef, expression: SemanticExpression) =>
    seesAll(schema, table, expression);
  const isSeen = (filter: NamedFilter) => seen(filter.table, filter.condition);
  return {
    version,
    filters: filters.map(({ filter }) => filter).filter(isSeen),
    metrics: metrics
      .map(({ metric }) => metric)
      .filter((one) => seen(one.table, one.expression) && one.filters.every(isSeen)),
  };
}

function seesAll(
  { tables }: SourceSchema,
  { schema, name }: TableRef,
  { parts }: SemanticExpression,
): boolean {
  const table = tables.find((one) => one.schema === schema && one.name === name);
  return (
    table !== undefined &&
    parts.every(
      (part) =>
        typeof part === "string" || table.columns.some((column) => column.name === part.column),
    )
  );
}

/** The values that questions may name, per source: read with the schema the first time, behind it from then on. */
import { ValueIndexSettings } from "../contract/sources.ts";
import type { Clock } from "../kernel/clock.ts";
import type { ColumnInfo, OpenSource, SourceSchema } from "./ports.ts";
import { columnKey, type ReadValues, readValues } from "./read-values.ts";

export interface ValueIndex {
  /** The schema with the values that the source's settings ask for. `anew` reads them whatever is known. Never throws. */
  fill(
    source: OpenSource,
    schema: SourceSchema,
    how: "kept" | "anew",
    signal: AbortSignal,
  ): Promise<SourceSchema>;
  forget(sourceId: string): void;
}

interface Entry {
  /** The registration, settings and shape that the values belong to. */
  readonly of: string;
  readonly values: Promise<ReadValues>;
  readonly readAt: number;
}

const MINUTE_MS = 60_000;
/** A reading that nobody waits for still ends. */
const BEHIND_MS = 60_000;

export function createValueIndex(clock: Clock): ValueIndex {
  const entries = new Map<string, Entry>();
  const renewing = new Set<string>();
  const read = (
    source: OpenSource,
    schema: SourceSchema,
    settings: ValueIndexSettings,
    signal: AbortSignal,
  ): Entry => ({
    of: ownerOf(source, schema, settings),
    values: readValues(source.adapter, schema, settings, signal),
    readAt: clock.now(),
  });
  const renewBehind = (source: OpenSource, schema: SourceSchema, settings: ValueIndexSettings) => {
    const { sourceId } = source.record;
    if (renewing.has(sourceId)) return;
    renewing.add(sourceId);
    const known = entries.get(sourceId);
    const entry = read(source, schema, settings, AbortSignal.timeout(BEHIND_MS));
    void entry.values
      .then(() => entries.get(sourceId) === known && entries.set(sourceId, entry))
      .catch(() => undefined)
      .finally(() => renewing.delete(sourceId));
  };
  return {
    fill: async (source, schema, how, signal) => {
      const { sourceId } = source.record;
      const settings = settingsOf(source);
      if (settings === null) return schema;
      const known = entries.get(sourceId);
      const fits = known?.of === ownerOf(source, schema, settings);
      if (known && fits && how === "kept") {
        if (clock.now() - known.readAt >= settings.refresh_minutes * MINUTE_MS)
          renewBehind(source, schema, settings);
        return withValues(schema, await known.values);
      }
      const entry = read(source, schema, settings, signal);
      entries.set(sourceId, entry);
      return withValues(schema, await entry.values);
    },
    forget: (sourceId) => {
      entries.delete(sourceId);
    },
  };
}

function ownerOf({ record }: OpenSource, schema: SourceSchema, settings: object): string {
  return JSON.stringify([record.createdAt, schema.version, settings]);
}

/** Null where the index is off. What is stored was read through the source's own schema. */
function settingsOf({ record }: OpenSource): ValueIndexSettings | null {
  const read = ValueIndexSettings.safeParse(record.config.value_index);
  return read.success && read.data.enabled ? read.data : null;
}

/** What was looked at has exactly the values that were kept: the catalogue's statistics know nothing of persons. */
function withValues(schema: SourceSchema, read: ReadValues): SourceSchema {
  return {
    ...schema,
    tables: schema.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column): ColumnInfo => {
        const { values, ...rest } = column;
        const found = read.get(columnKey(table, column.name));
        if (found === undefined) return column;
        return found.length === 0 ? rest : { ...rest, values: found };
      }),
    })),
  };
}

/** The schemas of open sources, read once for all callers and again when they may have changed; a failure is not kept. */
import type { Clock } from "../kernel/clock.ts";
import type { OpenSource, SourceSchema } from "./ports.ts";

const SCHEMA_MEMORY_MS = 60_000;

export interface SchemaMemory {
  read(source: OpenSource, signal: AbortSignal): Promise<SourceSchema>;
  refresh(source: OpenSource, signal: AbortSignal): Promise<SourceSchema>;
  forget(sourceId: string): void;
}

interface SchemaEntry {
  readonly schema: Promise<SourceSchema>;
  readonly readAt: number;
}

export function createSchemaMemory(clock: Clock): SchemaMemory {
  const schemas = new Map<string, SchemaEntry>();
  const refresh: SchemaMemory["refresh"] = (source, signal) => {
    const { sourceId } = source.record;
    const entry: SchemaEntry = { schema: source.adapter.introspect(signal), readAt: clock.now() };
    schemas.set(sourceId, entry);
    entry.schema.catch(() => schemas.get(sourceId) === entry && schemas.delete(sourceId));
    return entry.schema;
  };
  return {
    refresh,
    read: (source, signal) => {
      const known = schemas.get(source.record.sourceId);
      return known && clock.now() - known.readAt < SCHEMA_MEMORY_MS
        ? known.schema
        : refresh(source, signal);
    },
    forget: (sourceId) => {
      schemas.delete(sourceId);
    },
  };
}

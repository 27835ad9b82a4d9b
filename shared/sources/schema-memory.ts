/** The schemas of open sources, read once for all callers and again when they may have changed; a failure is not kept. */
import { callerGone } from "../kernel/caller-gone.ts";
import type { Clock } from "../kernel/clock.ts";
import { sha256Hex } from "../kernel/digest.ts";
import { untilAborted } from "../kernel/until-aborted.ts";
import type { OpenSource, SourceSchema } from "./ports.ts";
import { createValueIndex } from "./value-index.ts";

const SCHEMA_MEMORY_MS = 60_000;
/** A reading is shared, so it has a limit of its own and does not end with the caller who happened to start it. */
const READ_LIMIT_MS = 30_000;

export interface SchemaMemory {
  read(source: OpenSource, signal: AbortSignal): Promise<SourceSchema>;
  refresh(source: OpenSource, values: "kept" | "anew", signal: AbortSignal): Promise<SourceSchema>;
  forget(sourceId: string): void;
}

interface SchemaEntry {
  readonly schema: Promise<SourceSchema>;
  readonly readAt: number;
  /** Set once it is read, so that nobody need wait for what is known. */
  settled: SourceSchema | null;
}

/** The last schema of a source, and what its text comes to: with stored values the text itself is megabytes. */
interface Last {
  readonly schema: SourceSchema;
  readonly digest: string;
}

export function createSchemaMemory(clock: Clock): SchemaMemory {
  const schemas = new Map<string, SchemaEntry>();
  const values = createValueIndex(clock);
  const last = new Map<string, Last>();
  /** The same object while nothing changed: what was derived from it (views, the index of words) stays valid. */
  const settled = (sourceId: string, schema: SourceSchema): SourceSchema => {
    const digest = sha256Hex(JSON.stringify(schema));
    const before = last.get(sourceId);
    if (before?.digest === digest) return before.schema;
    last.set(sourceId, { schema, digest });
    return schema;
  };
  const readAnew = (source: OpenSource, how: "kept" | "anew"): Promise<SourceSchema> => {
    const { sourceId } = source.record;
    const limit = AbortSignal.timeout(READ_LIMIT_MS);
    const schema = source.adapter
      .introspect(limit)
      .then((found) => values.fill(source, found, how, limit))
      .then((filled) => {
        // A source that is gone meanwhile leaves nothing behind.
        entry.settled = schemas.get(sourceId) === entry ? settled(sourceId, filled) : filled;
        return entry.settled;
      });
    const entry: SchemaEntry = { schema, readAt: clock.now(), settled: null };
    schemas.set(sourceId, entry);
    schema.catch(() => schemas.get(sourceId) === entry && schemas.delete(sourceId));
    return schema;
  };
  return {
    refresh: (source, how, signal) => untilGone(readAnew(source, how), signal),
    async read(source, signal) {
      const known = schemas.get(source.record.sourceId);
      const fresh = known && clock.now() - known.readAt < SCHEMA_MEMORY_MS;
      if (fresh && known.settled !== null && !signal.aborted) return known.settled;
      return untilGone(fresh ? known.schema : readAnew(source, "kept"), signal);
    },
    forget: (sourceId) => {
      schemas.delete(sourceId);
      last.delete(sourceId);
      values.forget(sourceId);
    },
  };
}

/** The caller's own patience, apart from the shared reading. */
async function untilGone<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await untilAborted(shared, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw callerGone(error);
  }
}

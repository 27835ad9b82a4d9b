/** What the engine is told of a database: its catalogue and, as for a source whose value index is on, its values. */
import { systemClock } from "../shared/kernel/clock.ts";
import type { SourceAdapter, SourceSchema } from "../shared/sources/ports.ts";
import { createValueIndex } from "../shared/sources/value-index.ts";

/** Part of no figure: enough for a busy machine. */
const READING_MS = 300_000;

/** Public data: nobody's names have to be left out, and questions ask for them. */
const valueIndex = { enabled: true, max_values_per_column: 1_000, pii: "include" };

export async function readSchema(sourceId: string, adapter: SourceAdapter): Promise<SourceSchema> {
  const signal = AbortSignal.timeout(READING_MS);
  const record = {
    sourceId,
    type: "embedded",
    config: { value_index: valueIndex },
    builtin: true,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
  const catalogue = await adapter.introspect(signal);
  return createValueIndex(systemClock).fill({ record, adapter }, catalogue, "anew", signal);
}

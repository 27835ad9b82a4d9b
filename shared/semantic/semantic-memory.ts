/** The models in force, kept for a short time: every question asks for its source's. */
import type { Clock } from "../kernel/clock.ts";
import type { SemanticMemory, SemanticModelStore, StoredModel } from "./ports.ts";

/** A model saved on another instance holds here after this long at most. */
export const SEMANTIC_MEMORY_MS = 5_000;

interface Known {
  readonly readAt: number;
  readonly model: Promise<StoredModel | null>;
}

export function createSemanticMemory({
  store,
  clock,
}: {
  readonly store: Pick<SemanticModelStore, "current">;
  readonly clock: Clock;
}): SemanticMemory {
  const known = new Map<string, Known>();
  const last = new Map<string, StoredModel>();
  const read = async (sourceId: string): Promise<StoredModel | null> => {
    const now = await store.current(sourceId);
    const before = last.get(sourceId);
    if (now === null) last.delete(sourceId);
    // The same object for the same version: what was derived from it stays valid.
    else if (before?.digest !== now.digest || before.version !== now.version)
      last.set(sourceId, now);
    return last.get(sourceId) ?? null;
  };
  return {
    forSource: async (sourceId) => {
      const entry = known.get(sourceId);
      if (entry && clock.now() - entry.readAt < SEMANTIC_MEMORY_MS) return entry.model;
      const fresh: Known = { readAt: clock.now(), model: read(sourceId) };
      known.set(sourceId, fresh);
      // A failure is not kept.
      fresh.model.catch(() => known.get(sourceId) === fresh && known.delete(sourceId));
      return fresh.model;
    },
    forget: (sourceId) => {
      known.delete(sourceId);
    },
  };
}

/** What models are called, kept for a short time: every query that names its model asks. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../kernel/clock.ts";
import type { ModelNames, NamedModel } from "../query/ports.ts";
import type { ModelStore } from "./ports.ts";
import { resolveModel } from "./read-model.ts";

/**
 * A model that was registered stays one: it is retired, never removed. So what is remembered can only be wrong in the
 * version that a label or a bare name means, by at most this long after it moved.
 */
export const MODEL_NAMES_MS = 5_000;
const MOST_NAMES = 1_000;

interface Known {
  readonly readAt: number;
  readonly model: Promise<NamedModel>;
}

export function createModelNames({
  models,
  clock,
}: {
  readonly models: Pick<ModelStore, "get" | "version" | "events">;
  readonly clock: Clock;
}): ModelNames {
  const known = new LRUCache<string, Known>({ max: MOST_NAMES });
  const read = (reference: string): Known => {
    const model = resolveModel({ models }, reference, null).then(({ version }) => ({
      modelId: version.modelId,
      version: version.version,
    }));
    const entry: Known = { readAt: clock.now(), model };
    known.set(reference, entry);
    // Neither a failure nor a name that nobody has is remembered: it may be registered the next moment.
    model.catch(() => known.peek(reference) === entry && known.delete(reference));
    return entry;
  };
  return {
    resolve: (reference) => {
      const one = known.get(reference);
      const ageMs = one === undefined ? Infinity : clock.now() - one.readAt;
      return one !== undefined && ageMs >= 0 && ageMs < MODEL_NAMES_MS
        ? one.model
        : read(reference).model;
    },
  };
}

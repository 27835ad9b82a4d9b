/** All policies, read at once and kept for a short time: every query asks for them. */
import type { Clock } from "../kernel/clock.ts";
import type { Policy, PolicyMemory, PolicyStore } from "./ports.ts";

/** A policy saved on another instance holds here after this long at most. */
export const POLICY_MEMORY_MS = 5_000;

interface Known {
  readonly readAt: number;
  readonly bySource: Promise<ReadonlyMap<string, readonly Policy[]>>;
}

const NONE: readonly Policy[] = [];

export function createPolicyMemory({
  store,
  clock,
}: {
  readonly store: Pick<PolicyStore, "list">;
  readonly clock: Clock;
}): PolicyMemory {
  let known: Known | null = null;
  let last: ReadonlyMap<string, readonly Policy[]> = new Map();
  const read = (): Known => {
    const bySource = store.list().then((policies) => {
      last = grouped(policies, last);
      return last;
    });
    const entry: Known = { readAt: clock.now(), bySource };
    // A failure is not kept: the next query asks again, and none is answered without its policies.
    bySource.catch(() => {
      if (known === entry) known = null;
    });
    return entry;
  };
  return {
    forSource: async (sourceId) => {
      if (known === null || clock.now() - known.readAt >= POLICY_MEMORY_MS) known = read();
      return (await known.bySource).get(sourceId) ?? NONE;
    },
    forget: () => {
      known = null;
    },
  };
}

/** The same array for a source while nothing of it changed: what was derived from it stays valid. */
function grouped(
  policies: readonly Policy[],
  before: ReadonlyMap<string, readonly Policy[]>,
): ReadonlyMap<string, readonly Policy[]> {
  const bySource = Map.groupBy(policies, (policy) => policy.sourceId);
  return new Map(
    [...bySource].map(([sourceId, own]) => {
      const old = before.get(sourceId);
      return [
        sourceId,
        old !== undefined && JSON.stringify(old) === JSON.stringify(own) ? old : own,
      ];
    }),
  );
}

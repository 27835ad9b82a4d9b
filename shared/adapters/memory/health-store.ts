/** The health of targets in memory: the fake that passes the same contract suite as PostgreSQL. */
import type { HealthStore, TargetHealth } from "../../health/ports.ts";

export function createMemoryHealthStore(): HealthStore {
  const targets = new Map<string, TargetHealth>();
  return {
    async load(target) {
      return targets.get(target) ?? null;
    },
    async save(next) {
      if ((targets.get(next.target)?.version ?? 0) !== next.version - 1) return false;
      targets.set(next.target, next);
      return true;
    },
    async list(prefix) {
      return [...targets.values()]
        .filter((one) => one.target.startsWith(prefix))
        .sort((a, b) => (a.target < b.target ? -1 : 1));
    },
    async remove(target) {
      targets.delete(target);
    },
  };
}

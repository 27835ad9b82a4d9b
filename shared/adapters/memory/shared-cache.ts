/** A shared cache in this process: what the real ones must do, in the fewest lines; several "instances" may use one. */
import { LRUCache } from "lru-cache";
import type { Mark, Stopwatch } from "../../cache/elapsed.ts";
import type {
  CacheEntry,
  EpochVector,
  FoundEntry,
  RaiseListener,
  SharedCache,
  SharedPlace,
  SharedReadings,
  SharedResults,
} from "../../cache/ports.ts";
import { sameEvidence } from "../../cache/result-identity.ts";
import type { Clock } from "../../kernel/clock.ts";

const MOST_READINGS = 10_000;

interface Lease {
  readonly holder: string;
  readonly since: Mark;
  readonly leaseMs: number;
}

interface MemoryCacheOptions {
  readonly stopwatch: Stopwatch;
  /** The wall clock of whoever calls. */
  readonly clock: Clock;
  readonly maxBytes: number;
}

export function createMemorySharedCache(options: MemoryCacheOptions): SharedCache {
  const listeners: RaiseListener[] = [];
  return {
    name: "memory",
    results: createResults(options, listeners),
    readings: createReadings(options),
    listen: (listener) => void listeners.push(listener),
    ping: async () => undefined,
    close: async () => undefined,
  };
}

const nameOf = ({ source, key }: SharedPlace, lease = "") => JSON.stringify([source, key, lease]);

function createResults(
  { stopwatch, clock, maxBytes }: MemoryCacheOptions,
  listeners: readonly RaiseListener[],
): SharedResults {
  interface Kept {
    readonly entry: CacheEntry;
    readonly born: Mark;
    readonly keepMs: number;
  }
  const entries = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    sizeCalculation: ({ entry }) => entry.result.size() + 1,
  });
  const leases = new Map<string, Lease>();
  const raised = new Map<string, Map<string, number>>();
  const get = (place: SharedPlace): FoundEntry | null => {
    const kept = entries.get(nameOf(place));
    if (kept === undefined) return null;
    const ageMs = stopwatch.since(kept.born);
    return ageMs < kept.keepMs ? { entry: kept.entry, ageMs } : null;
  };
  const drop = (name: string, holder: string) => {
    if (leases.get(name)?.holder === holder) leases.delete(name);
  };
  return {
    get: async (place) => get(place),
    claim: async (place, wanted, { name, holder, leaseMs }) => {
      const found = wanted && get(place);
      if (found && found.ageMs < wanted.maxAgeMs)
        if (sameEvidence(found.entry.evidence, wanted.evidence)) return { kind: "ready", found };
      const lease = leases.get(nameOf(place, name));
      const remainingMs = lease ? lease.leaseMs - stopwatch.since(lease.since) : 0;
      if (lease && lease.holder !== holder && remainingMs > 0) return { kind: "held", remainingMs };
      leases.set(nameOf(place, name), { holder, since: stopwatch.mark(), leaseMs });
      return { kind: "lead" };
    },
    put: async (place, { entry, bornAt }, { name, holder }, limits) => {
      if (entry.result.size() > limits.maxBytes) return "too_large";
      drop(nameOf(place, name), holder);
      const epochs = raised.get(place.source) ?? new Map<string, number>();
      const moved = Object.entries(entry.evidence.epochs).some(
        ([scope, epoch]) => (epochs.get(scope) ?? 0) > epoch,
      );
      if (moved) return "epoch_moved";
      const born = stopwatch.mark(Math.max(entry.costMs, clock.now() - bornAt));
      entries.set(nameOf(place), { entry, born, keepMs: limits.keepMs });
      return "stored";
    },
    release: async (place, { name, holder }) => drop(nameOf(place, name), holder),
    raise: async (source, epochs: EpochVector) => {
      const known = raised.get(source) ?? new Map<string, number>();
      for (const [scope, epoch] of Object.entries(epochs))
        known.set(scope, Math.max(epoch, known.get(scope) ?? 0));
      raised.set(source, known);
      for (const { heard } of listeners) heard(source, epochs);
    },
  };
}

function createReadings({ stopwatch, clock }: MemoryCacheOptions): SharedReadings {
  const known = new LRUCache<string, { token: string | null; at: Mark }>({ max: MOST_READINGS });
  return {
    read: async (source, tables) =>
      tables.map((table) => {
        const one = known.get(JSON.stringify([source, table]));
        return one ? { token: one.token, ageMs: stopwatch.since(one.at) } : null;
      }),
    write: async (source, tokens, readAt) => {
      const at = stopwatch.mark(Math.max(0, clock.now() - readAt));
      for (const [table, token] of tokens)
        known.set(JSON.stringify([source, table]), { token, at });
    },
  };
}

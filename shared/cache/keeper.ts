/** Where results lie: in this process first, then with all instances. */
import { randomUUID } from "node:crypto";
import type { Circuit } from "./circuit.ts";
import type { Mark, Stopwatch } from "./elapsed.ts";
import type { EvidenceReader } from "./evidence.ts";
import type { Lease, LeaseDeps } from "./lead-or-follow.ts";
import type {
  CacheCounters,
  CacheEntry,
  CacheEvent,
  Evidence,
  FoundEntry,
  Led,
  MissReason,
  RenderedResult,
  ResultIdentity,
  ResultStore,
  SharedCache,
  Wanted,
} from "./ports.ts";
import { sameEvidence } from "./result-identity.ts";

/** For whom something is counted. */
export type Counted = Pick<ResultIdentity, "sourceId" | "modelId">;

export const tally = (
  counters: Pick<CacheCounters, "count">,
  { sourceId, modelId }: Counted,
  event: CacheEvent,
  by = 1,
): void => counters.count(sourceId, event, by, modelId);

/** The shared store as the cache uses it. */
export interface SharedAccess {
  readonly cache: SharedCache;
  readonly circuit: Circuit;
  /** One entry's most, compressed. */
  readonly maxEntryBytes: number;
  leases(identity: Counted): LeaseDeps;
}

export interface Computed {
  readonly result: RenderedResult;
  readonly executeMs: number;
  /** When its statement began: that is what its rows are of. */
  readonly born: Mark;
}

export interface KeeperDeps {
  readonly stopwatch: Stopwatch;
  readonly results: ResultStore;
  readonly shared: SharedAccess | null;
  readonly counters: Pick<CacheCounters, "count">;
  readonly evidence: Pick<EvidenceReader, "moved">;
}

export interface Looked {
  readonly found: FoundEntry | null;
  readonly reason: MissReason | null;
}

/** A question that the shared store was asked. */
export interface Asked {
  readonly sent: Mark;
  /** Never fails. */
  readonly told: Promise<FoundEntry | null>;
}

export interface Keeper {
  /** Asks the shared store already where this process has nothing; null where it has, or is on its own. */
  askAhead(identity: ResultIdentity): Asked | null;
  /** The entry that `whyNot` has nothing against, or else the younger of both levels and what there is against it. */
  look(
    identity: ResultIdentity,
    ahead: Asked | null,
    whyNot: (found: FoundEntry) => MissReason | null,
  ): Looked | Promise<Looked>;
  /** This process's own entry, if it is just what is wanted. */
  local(identity: ResultIdentity, wanted: Wanted): FoundEntry | null;
  /** Takes what another instance computed into this process. */
  adopt(identity: ResultIdentity, found: FoundEntry): void;
  keep(
    identity: ResultIdentity,
    evidence: Evidence,
    computed: Computed,
    lease: Lease | null,
  ): Promise<{ readonly notKept: Led["notKept"]; readonly leaseGiven: boolean }>;
}

/** The answer may have been long on its way: what it says of an age was true when it was sent, at the earliest with the question. */
export const aged = (found: FoundEntry, byMs: number): FoundEntry => ({
  entry: found.entry,
  ageMs: found.ageMs + byMs,
});

/** Kept twice its time, for callers who take what is out of date. */
const KEEP_FACTOR = 2;

export function createKeeper(deps: KeeperDeps): Keeper {
  const { results, shared, counters, evidence, stopwatch } = deps;
  const keepMs = (identity: ResultIdentity) => identity.terms.ttlSeconds * 1_000 * KEEP_FACTOR;
  const adopt = (identity: ResultIdentity, found: FoundEntry): void => {
    if (evidence.moved(identity, found.entry.evidence.epochs)) return;
    results.set(identity.place.key, identity.sourceId, found, keepMs(identity), identity.modelId);
  };
  return {
    adopt,
    ...createLook(deps, adopt),
    local(identity, wanted) {
      const found = results.get(identity.place.key);
      const fits =
        found !== null &&
        found.ageMs < wanted.maxAgeMs &&
        sameEvidence(found.entry.evidence, wanted.evidence);
      return fits ? found : null;
    },
    async keep(identity, made, { result, executeMs, born }, lease) {
      const { place, terms } = identity;
      const size = result.size();
      if (size > terms.maxEntryBytes) {
        tally(counters, identity, "too_large");
        return { notKept: "too_large", leaseGiven: false };
      }
      if (evidence.moved(identity, made.epochs)) {
        tally(counters, identity, "refused");
        return { notKept: "epoch_moved", leaseGiven: false };
      }
      const entry: CacheEntry = { result, evidence: made, costMs: executeMs };
      const holder = lease ?? { name: "none", holder: randomUUID() };
      const limits = { keepMs: keepMs(identity), maxBytes: shared?.maxEntryBytes ?? 0 };
      const put =
        shared &&
        (await shared.circuit.run(
          () => shared.cache.results.put(place, { entry, bornAt: born.wall }, holder, limits),
          null,
        ));
      if (put === "epoch_moved") {
        tally(counters, identity, "refused");
        return { notKept: put, leaseGiven: true };
      }
      const found = { entry, ageMs: stopwatch.since(born) };
      results.set(place.key, identity.sourceId, found, keepMs(identity), identity.modelId);
      tally(counters, identity, "store");
      tally(counters, identity, "bytes_stored", size);
      return { notKept: null, leaseGiven: put === "stored" };
    },
  };
}

function createLook(
  { results, shared, stopwatch }: KeeperDeps,
  adopt: Keeper["adopt"],
): Pick<Keeper, "askAhead" | "look"> {
  const ask = ({ circuit, cache }: SharedAccess, { place }: ResultIdentity): Asked => ({
    sent: stopwatch.mark(),
    told: circuit.run(() => cache.results.get(place), null),
  });
  return {
    askAhead: (identity) =>
      shared === null || results.get(identity.place.key) !== null ? null : ask(shared, identity),
    look(identity, ahead, whyNot) {
      const found = results.get(identity.place.key);
      const reason = found && whyNot(found);
      const near = { found, reason };
      if (shared === null || (found !== null && reason === null)) return near;
      const { sent, told } = ahead ?? ask(shared, identity);
      return told.then((one) => {
        const far = one && aged(one, stopwatch.since(sent));
        if (far === null || (found !== null && found.ageMs <= far.ageMs)) return near;
        adopt(identity, far);
        return { found: far, reason: whyNot(far) };
      });
    },
  };
}

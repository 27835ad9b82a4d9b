/**
 * The cache's rules. An entry carries what held before its statement ran: invalidation epochs, and change tokens of
 * every table it read. It is served only while a reading that is no older than the source's freshness says the same.
 * A result that was computed before a change and stored after it is therefore never served.
 */
import type { JsonValue } from "../sources/ports.ts";
import type { Stopwatch } from "./elapsed.ts";
import { createEvidenceReader, type EvidenceReader } from "./evidence.ts";
import { mayServeStale, refreshEarly, whyNotFresh } from "./judge-entry.ts";
import { aged, createKeeper, type Keeper, type SharedAccess, tally } from "./keeper.ts";
import { awaitTurn, giveBack, type Lease, tryLease } from "./lead-or-follow.ts";
import {
  type CacheCounters,
  type CacheOutcome,
  type Compute,
  type EpochStore,
  type Evidence,
  type FoundEntry,
  type LeadTerms,
  type Led,
  type MissReason,
  type QueryCache,
  type ResultIdentity,
  type ResultStore,
  SCOPE_ALL,
  SCOPE_ANY,
  type SourceCacheTerms,
  type Tolerance,
} from "./ports.ts";
import { evidenceDigest, resultIdentity, tableScope } from "./result-identity.ts";
import { createTokenMemory } from "./token-memory.ts";

export interface QueryCacheDeps {
  readonly results: ResultStore;
  /** Null where this instance is on its own. */
  readonly shared: SharedAccess | null;
  readonly epochs: EpochStore;
  readonly counters: Pick<CacheCounters, "count">;
  readonly stopwatch: Stopwatch;
  /** A source's own settings over the installation's. */
  readonly termsOf: (config: Readonly<Record<string, JsonValue>>) => SourceCacheTerms;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export function createQueryCache(deps: QueryCacheDeps): QueryCache {
  const { counters, stopwatch, shared } = deps;
  const tokens = createTokenMemory({
    stopwatch,
    shared: shared && { readings: shared.cache.readings, circuit: shared.circuit },
  });
  const evidence = createEvidenceReader({ epochs: deps.epochs, tokens, stopwatch });
  const keeper = createKeeper({ ...deps, evidence });
  shared?.cache.listen?.({
    heard: (sourceId, epochs) => evidence.note(sourceId, new Map(Object.entries(epochs))),
    lost: evidence.forget,
  });
  const compute = (identity: ResultIdentity, made: Evidence, lease: Lease | null) =>
    computeAndKeep({ keeper, shared, stopwatch }, identity, made, lease);
  const refreshing = new Set<string>();
  const refreshOnce: QueryCache["refresh"] = async (identity, terms, work, signal) => {
    const name = leaseName(terms);
    const lease = shared && (await tryLease(shared.leases(identity), identity.place, name));
    if (lease === false) return;
    tally(counters, identity, "refresh");
    await compute(identity, terms.evidence, lease)(work, signal);
  };
  return {
    identify: (input) => resultIdentity(input, deps.termsOf(input.source.record.config)),
    find: createFind({ ...deps, evidence, keeper }),
    begin: async (identity, signal) => {
      const read = await evidence.read(identity, signal);
      if (read !== null) tally(counters, identity, "miss:no_cache");
      return read?.evidence ?? null;
    },
    async lead(identity, terms, work, signal) {
      const known = keeper.local(identity, terms);
      if (known !== null) return sharedResult(known);
      if (shared === null) return compute(identity, terms.evidence, null)(work, signal);
      const leases = shared.leases(identity);
      const turn = await awaitTurn(
        leases,
        identity.place,
        { ...terms, name: leaseName(terms) },
        signal,
      );
      if (turn.kind === "lead") return compute(identity, terms.evidence, turn.lease)(work, signal);
      keeper.adopt(identity, aged(turn.found, turn.heldMs));
      return sharedResult(turn.found);
    },
    renew: (identity, made, work, signal) => compute(identity, made, null)(work, signal),
    async refresh(identity, terms, work, signal) {
      if (refreshing.has(identity.place.key)) return;
      refreshing.add(identity.place.key);
      try {
        await refreshOnce(identity, terms, work, signal);
      } finally {
        refreshing.delete(identity.place.key);
      }
    },
    invalidate: (sourceId, tables) => invalidate({ ...deps, evidence }, sourceId, tables),
    noteBypass: (sourceId, modelId) => counters.count(sourceId, "bypass", 1, modelId),
  };
}

/** Durable first; then this instance, then what the shared store still accepts. */
async function invalidate(
  {
    epochs,
    evidence,
    shared,
  }: Pick<QueryCacheDeps, "epochs" | "shared"> & {
    readonly evidence: EvidenceReader;
  },
  sourceId: string,
  tables: readonly string[] | "all",
): Promise<readonly string[]> {
  const scopes = tables === "all" ? [SCOPE_ALL] : [...new Set(tables.map(tableScope))];
  const now = await epochs.bump(sourceId, [...scopes, SCOPE_ANY]);
  evidence.note(sourceId, now);
  await shared?.circuit.run(
    () => shared.cache.results.raise(sourceId, Object.fromEntries(now)),
    undefined,
  );
  return scopes;
}

/** Whoever comes after a change does not wait for what began before it. */
const leaseName = ({ sharing, evidence }: LeadTerms): string =>
  `${sharing}:${evidenceDigest(evidence)}`;

const sharedResult = (found: FoundEntry): Led => ({
  result: found.entry.result,
  executeMs: null,
  notKept: null,
});

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type FindDeps = Pick<QueryCacheDeps, "counters" | "random"> & {
  readonly evidence: EvidenceReader;
  readonly keeper: Keeper;
  /** Tables of which one could not say when it changes: for them nothing is stored, and nothing asked for. */
  readonly silent: WeakSet<ResultIdentity["tables"]>;
};

function createFind(deps: Omit<FindDeps, "silent">): QueryCache["find"] {
  const all: FindDeps = { ...deps, silent: new WeakSet() };
  return (identity, tolerance, signal) => find(all, identity, tolerance, signal);
}

async function find(
  deps: FindDeps,
  identity: ResultIdentity,
  tolerance: Tolerance,
  signal: AbortSignal,
): Promise<CacheOutcome> {
  const ahead = deps.silent.has(identity.tables) ? null : deps.keeper.askAhead(identity);
  // A client writes at the end of this turn of the event loop: what is done after that, is done while the store works.
  if (ahead !== null) await endOfTurn();
  const reading = deps.evidence.read(identity, signal);
  const read = reading instanceof Promise ? await reading : reading;
  if (read === null) {
    deps.silent.add(identity.tables);
    return { kind: "unverifiable" };
  }
  const looked = deps.keeper.look(identity, ahead, (one) =>
    whyNotFresh(one, read.evidence, identity.terms, tolerance),
  );
  const { found, reason } = looked instanceof Promise ? await looked : looked;
  if (found === null || reason === null) return answer(deps, identity, found, read.evidence);
  // The entry is newer than what it was checked against: another instance knows more, and this one looks again.
  const again =
    (reason === "changed" || reason === "invalidated") && found.ageMs < read.ageMs
      ? await deps.evidence.read(identity, signal, true)
      : read;
  if (again === null) return { kind: "unverifiable" };
  const verdict = whyNotFresh(found, again.evidence, identity.terms, tolerance);
  if (verdict === null) return answer(deps, identity, found, again.evidence);
  return decline(deps, identity, found, { reason: verdict, evidence: again.evidence }, tolerance);
}

function answer(
  { counters, random }: FindDeps,
  identity: ResultIdentity,
  found: FoundEntry | null,
  evidence: Evidence,
): CacheOutcome {
  if (found === null) {
    tally(counters, identity, "miss:not_stored");
    return { kind: "miss", reason: "not_stored", evidence };
  }
  tally(counters, identity, "hit");
  tally(counters, identity, "bytes_served", found.entry.result.size());
  return {
    kind: "hit",
    result: found.entry.result,
    ageSeconds: found.ageMs / 1_000,
    refresh: refreshEarly(found, identity.terms, 1 - random()) ? evidence : null,
  };
}

function decline(
  { counters }: FindDeps,
  identity: ResultIdentity,
  found: FoundEntry,
  { reason, evidence }: { reason: MissReason; evidence: Evidence },
  tolerance: Tolerance,
): CacheOutcome {
  if (!mayServeStale(found, reason, identity.terms, tolerance)) {
    tally(counters, identity, `miss:${reason}`);
    return { kind: "miss", reason, evidence };
  }
  const { result } = found.entry;
  tally(counters, identity, "stale");
  tally(counters, identity, "bytes_served", result.size());
  return { kind: "stale", result, ageSeconds: found.ageMs / 1_000, reason, evidence };
}

/** The lease is given back with the result, or at once when there is none. */
const computeAndKeep =
  (
    {
      keeper,
      shared,
      stopwatch,
    }: Pick<QueryCacheDeps, "shared" | "stopwatch"> & {
      readonly keeper: Keeper;
    },
    identity: ResultIdentity,
    evidence: Evidence,
    lease: Lease | null,
  ) =>
  async (compute: Compute, signal: AbortSignal): Promise<Led> => {
    let given = false;
    try {
      const born = stopwatch.mark();
      const result = await compute(signal);
      const executeMs = stopwatch.since(born);
      // Before the lease goes back with the result, lest it be prolonged after that.
      lease?.end();
      const kept = await keeper.keep(identity, evidence, { result, executeMs, born }, lease);
      given = kept.leaseGiven;
      return { result, executeMs, notKept: kept.notKept };
    } finally {
      lease?.end();
      if (lease !== null && shared !== null && !given)
        await giveBack(shared.leases(identity), identity.place, lease);
    }
  };

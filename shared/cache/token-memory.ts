/** Change tokens as this instance knows them: read from the source at most every so often, and shared with the others. */
import { LRUCache } from "lru-cache";
import { untilAborted } from "../kernel/until-aborted.ts";
import type { TableRef } from "../sources/ports.ts";
import type { Circuit } from "./circuit.ts";
import type { Mark, Stopwatch } from "./elapsed.ts";
import type { ResultIdentity, SharedReadings, TokenReading } from "./ports.ts";
import { tableKey } from "./result-identity.ts";

/** A reading serves many callers, so it has a limit of its own and does not end with whoever started it. */
const READ_LIMIT_MS = 10_000;
const MOST_TABLES = 20_000;

interface Known {
  readonly token: Promise<string | null>;
  /** When its reading began: what changed before is seen by it. */
  readAt: Mark;
}

export interface TokensRead {
  /** Null for a table that cannot tell. */
  readonly tokens: ReadonlyMap<string, string | null>;
  /** How long ago the oldest of these readings began. */
  readonly ageMs: number;
}

export interface TokenMemory {
  /** Tokens read within the identity's freshness, or with `anew` from now on. @throws what the source throws. */
  read(identity: ResultIdentity, signal: AbortSignal, anew: boolean): Promise<TokensRead>;
}

export interface TokenMemoryDeps {
  readonly stopwatch: Stopwatch;
  readonly shared: { readonly readings: SharedReadings; readonly circuit: Circuit } | null;
}

export function createTokenMemory(deps: TokenMemoryDeps): TokenMemory {
  const { stopwatch } = deps;
  const known = new LRUCache<string, Known>({ max: MOST_TABLES });
  const nameOf = (identity: ResultIdentity, table: string) => `${identity.registration} ${table}`;
  const readAnew = (
    identity: ResultIdentity,
    refs: ReadonlyMap<string, TableRef>,
    anew: boolean,
  ): [string, Known][] => {
    const readAt = stopwatch.mark();
    const batch = readBatch(deps, identity, refs, anew);
    return [...refs.keys()].map((table) => {
      const token = batch.then((readings) => {
        const reading = readings.get(table);
        // What another instance read began earlier than this.
        if (reading && reading.ageMs > 0) one.readAt = stopwatch.mark(reading.ageMs);
        return reading?.token ?? null;
      });
      const one: Known = { token, readAt };
      const name = nameOf(identity, table);
      known.set(name, one);
      token.catch(() => known.peek(name) === one && known.delete(name));
      return [table, one];
    });
  };
  return {
    async read(identity, signal, anew) {
      const found: [string, Known][] = [];
      const missing = new Map<string, TableRef>();
      for (const ref of identity.tables) {
        const table = tableKey(ref);
        const one = anew ? undefined : known.get(nameOf(identity, table));
        if (one !== undefined && stopwatch.since(one.readAt) < identity.terms.freshnessMs)
          found.push([table, one]);
        else missing.set(table, ref);
      }
      if (missing.size > 0) found.push(...readAnew(identity, missing, anew));
      const tokens = await untilAborted(
        Promise.all(found.map(async ([table, one]) => [table, await one.token] as const)),
        signal,
      );
      const ages = found.map(([, one]) => stopwatch.since(one.readAt));
      return { tokens: new Map(tokens), ageMs: Math.max(0, ...ages) };
    },
  };
}

/** First what others have read, then the source for the rest; what the source said is told to the others. */
async function readBatch(
  { stopwatch, shared }: TokenMemoryDeps,
  identity: ResultIdentity,
  refs: ReadonlyMap<string, TableRef>,
  anew: boolean,
): Promise<ReadonlyMap<string, TokenReading>> {
  const { freshnessMs } = identity.terms;
  const readings = new Map<string, TokenReading>();
  const sharing = shared !== null && freshnessMs > 0;
  if (sharing && !anew) {
    const tables = [...refs.keys()];
    const sent = stopwatch.mark();
    const told = await shared.circuit.run(
      () => shared.readings.read(identity.registration, tables),
      [],
    );
    // The answer may have been long on its way.
    const heldMs = stopwatch.since(sent);
    for (const [i, table] of tables.entries()) {
      const reading = told[i];
      if (reading && reading.ageMs < freshnessMs)
        readings.set(table, { token: reading.token, ageMs: reading.ageMs + heldMs });
    }
  }
  const asked = [...refs].filter(([table]) => !readings.has(table));
  if (asked.length === 0) return readings;
  const from = stopwatch.mark();
  const tokens = await identity.readTokens(
    asked.map(([, ref]) => ref),
    AbortSignal.timeout(READ_LIMIT_MS),
  );
  const own = new Map(asked.map(([table], i) => [table, tokens[i] ?? null]));
  // Nobody waits for it: whoever does not find it reads for himself, and `run` does not throw.
  if (sharing)
    void shared.circuit.run(
      () => shared.readings.write(identity.registration, own, from.wall),
      undefined,
    );
  const ageMs = stopwatch.since(from);
  for (const [table, token] of own) readings.set(table, { token, ageMs });
  return readings;
}

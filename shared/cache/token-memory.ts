/** Change tokens as this instance knows them: read from the source at most every so often, and shared with the others. */
import { LRUCache } from "lru-cache";
import { untilAborted } from "../kernel/until-aborted.ts";
import type { TableRef } from "../sources/ports.ts";
import type { Circuit } from "./circuit.ts";
import { between, type Mark, type Stopwatch } from "./elapsed.ts";
import type { ResultIdentity, SharedReadings, TokenReading } from "./ports.ts";
import { tableKey } from "./result-identity.ts";

/** A reading serves many callers, so it has a limit of its own and does not end with whoever started it. */
const READ_LIMIT_MS = 10_000;
const MOST_TABLES = 20_000;

interface Known {
  readonly token: Promise<string | null>;
  /** When its reading began: what changed before is seen by it. */
  readAt: Mark;
  /** Set once it is known, so that nobody need wait for what is. */
  settled: string | null | undefined;
}

export interface TokensRead {
  /** Null for a table that cannot tell. */
  readonly tokens: ReadonlyMap<string, string | null>;
  /** How long ago the oldest of these readings began. */
  readonly ageMs: number;
}

export interface TokenMemory {
  /** Tokens read within the identity's freshness, or with `anew` from now on. @throws what the source throws. */
  read(
    identity: ResultIdentity,
    signal: AbortSignal,
    anew: boolean,
  ): TokensRead | Promise<TokensRead>;
}

export interface TokenMemoryDeps {
  readonly stopwatch: Stopwatch;
  readonly shared: { readonly readings: SharedReadings; readonly circuit: Circuit } | null;
}

export function createTokenMemory(deps: TokenMemoryDeps): TokenMemory {
  const { stopwatch } = deps;
  const known = new LRUCache<string, Known>({ max: MOST_TABLES });
  const gathered = createGathered(stopwatch);
  const nameOf = (identity: ResultIdentity, table: string) => `${identity.registration} ${table}`;
  const readAnew = (
    identity: ResultIdentity,
    refs: ReadonlyMap<string, TableRef>,
    anew: boolean,
  ): Found[] => {
    const readAt = stopwatch.mark();
    const batch = readBatch(deps, identity, refs, anew);
    return [...refs].map(([table, ref]) => {
      const token = batch.then((readings) => {
        const reading = readings.get(table);
        // What another instance read began earlier than this.
        if (reading && reading.ageMs > 0) one.readAt = stopwatch.mark(reading.ageMs);
        one.settled = reading?.token ?? null;
        return one.settled;
      });
      const one: Known = { token, readAt, settled: undefined };
      const name = nameOf(identity, table);
      known.set(name, one);
      gathered.forget();
      token.catch(() => known.peek(name) === one && known.delete(name));
      return [table, one, ref];
    });
  };
  const readWaiting = async (
    identity: ResultIdentity,
    { found, missing }: Looked,
    signal: AbortSignal,
    anew: boolean,
  ): Promise<TokensRead> => {
    const asked = stopwatch.mark();
    const wait = (ones: readonly Found[]) =>
      untilAborted(Promise.all(ones.map(([, one]) => one.token)), signal);
    const own = missing.size > 0 ? readAnew(identity, missing, anew) : [];
    await wait([...found, ...own]);
    // What was joined on its way may turn out to be of another instance, and older than it was taken for.
    const isOld = ([, one]: Found) => between(one.readAt, asked) >= identity.terms.freshnessMs;
    const old = new Map(found.filter(isOld).map(([table, , ref]) => [table, ref]));
    if (old.size === 0) return tokensOf(stopwatch, [...found, ...own]);
    const again = readAnew(identity, old, anew);
    await wait(again);
    return tokensOf(stopwatch, [...found.filter(([table]) => !old.has(table)), ...own, ...again]);
  };
  return {
    read(identity, signal, anew) {
      const before = anew ? null : gathered.get(identity);
      if (before !== null) return before;
      const recall = (table: string) => (anew ? undefined : known.get(nameOf(identity, table)));
      const looked = look(stopwatch, identity, recall);
      const { found, missing } = looked;
      if (missing.size > 0 || found.some(([, one]) => one.settled === undefined))
        return readWaiting(identity, looked, signal, anew);
      return gathered.keep(identity, found);
    },
  };
}

/** What the last readings of a statement's tables said together: it stands until any table is read again. */
function createGathered(stopwatch: Stopwatch) {
  interface Gathered extends Pick<TokensRead, "tokens"> {
    readonly registration: string;
    readonly oldest: Mark;
  }
  let known = new WeakMap<readonly TableRef[], Gathered>();
  return {
    /** Null where they are to be looked up one by one. */
    get({ tables, registration, terms }: ResultIdentity): TokensRead | null {
      const before = known.get(tables);
      if (before?.registration !== registration) return null;
      const ageMs = stopwatch.since(before.oldest);
      return ageMs < terms.freshnessMs ? { tokens: before.tokens, ageMs } : null;
    },
    keep({ tables, registration }: ResultIdentity, found: readonly Found[]): TokensRead {
      const read = tokensOf(stopwatch, found);
      known.set(tables, { tokens: read.tokens, registration, oldest: oldestOf(found) });
      return read;
    },
    forget: () => {
      known = new WeakMap();
    },
  };
}

function look(
  stopwatch: Stopwatch,
  { tables, terms }: ResultIdentity,
  recall: (table: string) => Known | undefined,
): Looked {
  const looked: Looked = { found: [], missing: new Map() };
  for (const ref of tables) {
    const table = tableKey(ref);
    const one = recall(table);
    if (one !== undefined && stopwatch.since(one.readAt) < terms.freshnessMs)
      looked.found.push([table, one, ref]);
    else looked.missing.set(table, ref);
  }
  return looked;
}

const tokensOf = (stopwatch: Stopwatch, known: readonly Found[]): TokensRead => ({
  tokens: new Map(known.map(([table, one]) => [table, one.settled ?? null])),
  ageMs: Math.max(0, ...known.map(([, one]) => stopwatch.since(one.readAt))),
});

/** By either clock the earliest of them. */
const oldestOf = (known: readonly Found[]): Mark => ({
  wall: Math.min(...known.map(([, one]) => one.readAt.wall)),
  steady: Math.min(...known.map(([, one]) => one.readAt.steady)),
});

type Found = readonly [table: string, known: Known, ref: TableRef];

interface Looked {
  readonly found: Found[];
  readonly missing: Map<string, TableRef>;
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
  const ageMs = stopwatch.since(from);
  // By the wall clock as it goes now: set back meanwhile, it would tell the others of a younger reading.
  const readAt = stopwatch.mark(ageMs).wall;
  // Nobody waits for it: whoever does not find it reads for himself, and `run` does not throw.
  if (sharing)
    void shared.circuit.run(
      () => shared.readings.write(identity.registration, own, readAt),
      undefined,
    );
  for (const [table, token] of own) readings.set(table, { token, ageMs });
  return readings;
}

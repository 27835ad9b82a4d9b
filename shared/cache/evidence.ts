/** What a result is made of and checked against: epochs and change tokens, read at most every so often. */
import { untilAborted } from "../kernel/until-aborted.ts";
import type { Stopwatch } from "./elapsed.ts";
import type { EpochStore, EpochVector, Evidence, ResultIdentity } from "./ports.ts";
import type { TokenMemory, TokensRead } from "./token-memory.ts";

export interface EvidenceRead {
  readonly evidence: Evidence;
  /** How long ago the oldest reading in it began. */
  readonly ageMs: number;
}

export interface EvidenceReader {
  /** Null where the source cannot say when one of the tables changes. @throws what the source or the epochs' store throws. */
  read(
    identity: ResultIdentity,
    signal: AbortSignal,
    anew?: boolean,
  ): EvidenceRead | null | Promise<EvidenceRead | null>;
  /** What an invalidation made of the epochs; the next reading of this source's is a new one. */
  note(sourceId: string, epochs: ReadonlyMap<string, number>): void;
  /** The next reading of every source's epochs is a new one. */
  forget(): void;
  /** True where this instance knows of an invalidation since. Reads nothing. */
  moved(identity: ResultIdentity, epochs: EpochVector): boolean;
}

/** Invalidations are looked for at least this often, even where tables may go unread for longer. */
const LONGEST_EPOCH_MEMORY_MS = 1_000;

interface KnownEpochs {
  readonly epochs: Promise<ReadonlyMap<string, number>>;
  readonly readAt: ReturnType<Stopwatch["mark"]>;
  /** Set once they are known, so that nobody need wait for what is. */
  settled: ReadonlyMap<string, number> | null;
}

export function createEvidenceReader(deps: {
  readonly epochs: Pick<EpochStore, "read">;
  readonly tokens: TokenMemory;
  readonly stopwatch: Stopwatch;
}): EvidenceReader {
  const known = new Map<string, KnownEpochs>();
  const evidenceOf = createAssembly();
  const newest = new Map<string, Map<string, number>>();
  const learn = (sourceId: string, epochs: ReadonlyMap<string, number>) => {
    const seen = newest.get(sourceId) ?? new Map<string, number>();
    for (const [scope, epoch] of epochs) seen.set(scope, Math.max(epoch, seen.get(scope) ?? 0));
    newest.set(sourceId, seen);
    return epochs;
  };
  const readEpochs = ({ sourceId, terms }: ResultIdentity, anew: boolean) => {
    const memory = known.get(sourceId);
    const limitMs = Math.min(terms.freshnessMs, LONGEST_EPOCH_MEMORY_MS);
    if (!anew && memory) {
      const ageMs = deps.stopwatch.since(memory.readAt);
      if (ageMs < limitMs) return { entry: memory, ageMs };
    }
    const entry: KnownEpochs = {
      readAt: deps.stopwatch.mark(),
      epochs: deps.epochs.read(sourceId).then((epochs) => {
        entry.settled = learn(sourceId, epochs);
        return entry.settled;
      }),
      settled: null,
    };
    known.set(sourceId, entry);
    entry.epochs.catch(() => known.get(sourceId) === entry && known.delete(sourceId));
    return { entry, ageMs: 0 };
  };
  return {
    read(identity, signal, anew = false) {
      const { entry, ageMs } = readEpochs(identity, anew);
      const tokens =
        identity.tables.length === 0 ? NO_TABLES : deps.tokens.read(identity, signal, anew);
      const together = (current: Epochs, read: TokensRead, epochsAgeMs: number) => {
        const evidence = evidenceOf(identity, current, read.tokens);
        return evidence && { evidence, ageMs: Math.max(read.ageMs, epochsAgeMs) };
      };
      return entry.settled !== null && !(tokens instanceof Promise)
        ? together(entry.settled, tokens, ageMs)
        : Promise.all([untilAborted(entry.epochs, signal), tokens]).then(([current, read]) =>
            together(current, read, deps.stopwatch.since(entry.readAt)),
          );
    },
    note: (sourceId, epochs) => {
      learn(sourceId, epochs);
      known.delete(sourceId);
    },
    forget: () => known.clear(),
    moved: ({ sourceId, scopes }, epochs) => {
      const seen = newest.get(sourceId);
      return scopes.some((scope) => (seen?.get(scope) ?? 0) > (epochs[scope] ?? 0));
    },
  };
}

type Epochs = ReadonlyMap<string, number>;
type Tokens = TokensRead["tokens"];

/** The same readings make the same evidence, and are not put together for every statement anew. */
function createAssembly() {
  interface Made {
    readonly scopes: readonly string[];
    readonly epochs: Epochs;
    readonly evidence: Evidence | null;
  }
  const made = new WeakMap<Tokens, Made>();
  return (identity: ResultIdentity, epochs: Epochs, tokens: Tokens): Evidence | null => {
    const before = made.get(tokens);
    if (before?.epochs === epochs && before.scopes === identity.scopes) return before.evidence;
    const evidence = assemble(identity, epochs, tokens);
    made.set(tokens, { scopes: identity.scopes, epochs, evidence });
    return evidence;
  };
}

/** Null where a table cannot tell. */
function assemble(identity: ResultIdentity, epochs: Epochs, tokens: Tokens): Evidence | null {
  const told: Record<string, string> = {};
  for (const [table, token] of tokens) {
    if (token === null) return null;
    told[table] = token;
  }
  return { epochs: epochsOf(identity, epochs), tokens: told };
}

const epochsOf = ({ scopes }: ResultIdentity, current: ReadonlyMap<string, number>): EpochVector =>
  Object.fromEntries(scopes.map((scope) => [scope, current.get(scope) ?? 0]));

const NO_TABLES = { tokens: new Map<string, string>(), ageMs: 0 };

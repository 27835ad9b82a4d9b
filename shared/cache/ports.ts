/** The result cache: what is kept, what it was made of, what makes it stale, and what is counted. */
import type {
  JsonValue,
  OpenSource,
  ResultColumn,
  SourceSchema,
  TableRef,
} from "../sources/ports.ts";
import type { TableName } from "../sql/ports.ts";

export type RowFormat = "objects" | "arrays";

/** A result set as JSON, rendered once and sent many times. */
export interface RenderedResult {
  readonly columns: readonly ResultColumn[];
  readonly columnsJson: string;
  readonly rowCount: number;
  readonly truncated: boolean;
  /** The format that it was first rendered in, and that costs nothing to ask for. */
  readonly format: RowFormat;
  /** The rows as a JSON array. */
  rowsJson(format: RowFormat): string;
  /** The same in UTF-8, as it is sent; not to be written to. */
  rowsBytes(format: RowFormat): Uint8Array;
  /** Bytes held in memory, for the cache's bound. */
  size(): number;
}

/** Scope → invalidation epoch. A scope is a table's name or one of the two below. Epochs only grow. */
export type EpochVector = Readonly<Record<string, number>>;

/** Bumped when the whole source was invalidated. */
export const SCOPE_ALL = "*all";
/** Bumped with every invalidation of the source: what statements over views depend on. */
export const SCOPE_ANY = "*any";

/** What a result was made of, as read before its statement ran. It is fresh while a new reading says the same. */
export interface Evidence {
  readonly epochs: EpochVector;
  /** Table → what the source says of its changes (SourceAdapter.changeTokens). */
  readonly tokens: Readonly<Record<string, string>>;
}

export interface CacheEntry {
  readonly result: RenderedResult;
  readonly evidence: Evidence;
  /** What the statement took, in milliseconds: how early a result that many ask for is made anew. */
  readonly costMs: number;
}

/** An entry and how old it is. */
export interface FoundEntry {
  readonly entry: CacheEntry;
  readonly ageMs: number;
}

/** Level one: results in this process. Losing an entry at any time is allowed; giving back another is not. */
export interface ResultStore {
  get(key: string): FoundEntry | null;
  /** `modelId`: who had it kept, for the count of evictions. */
  set(
    key: string,
    sourceId: string,
    found: FoundEntry,
    keepMs: number,
    modelId?: string | null,
  ): void;
  usage(): { entries: number; bytes: number; maxBytes: number; evictions: number };
}

/** Where something of a source lies in the shared store; all of a source lies together, so that a script may see it. */
export interface SharedPlace {
  readonly source: string;
  readonly key: string;
}

/** A result made of this, and younger than that. */
export interface Wanted {
  readonly evidence: Evidence;
  readonly maxAgeMs: number;
}

/** An entry and when its statement began, by this instance's wall clock in milliseconds: however long it is on its way. */
export interface BornEntry {
  readonly entry: CacheEntry;
  readonly bornAt: number;
}

/** Who computes a result for everybody. `name` sets apart what must not be shared; `holder` is one attempt's own. */
export interface LeaseTerms {
  readonly name: string;
  readonly holder: string;
  readonly leaseMs: number;
}

export type Claim =
  /** The result that was asked for lies there. */
  | { readonly kind: "ready"; readonly found: FoundEntry }
  /** The holder computes it, and has this long left to say that it lives. */
  | { readonly kind: "held"; readonly remainingMs: number }
  /** The caller computes it. Said again to the holder, it prolongs the lease. */
  | { readonly kind: "lead" };

/** `too_large`: even compressed. `epoch_moved`: the store knows of a later invalidation. */
export type PutOutcome = "stored" | "epoch_moved" | "too_large";

/** Level two: results that all instances share. Every method throws when the store is away. */
export interface SharedResults {
  get(place: SharedPlace): Promise<FoundEntry | null>;
  /** Decides in one step, so that two instances never both lead. `wanted` null asks for the lease alone. */
  claim(place: SharedPlace, wanted: Wanted | null, terms: LeaseTerms): Promise<Claim>;
  /** Stores and gives the lease back in one step, unless an epoch has moved; see PutOutcome. */
  put(
    place: SharedPlace,
    born: BornEntry,
    terms: Pick<LeaseTerms, "name" | "holder">,
    limits: { readonly keepMs: number; readonly maxBytes: number },
  ): Promise<PutOutcome>;
  /** Gives a lease back that came to nothing. */
  release(place: SharedPlace, terms: Pick<LeaseTerms, "name" | "holder">): Promise<void>;
  /** Tells of invalidations: results that carry an older epoch are refused from now on. */
  raise(source: string, epochs: EpochVector): Promise<void>;
}

/** What one instance read of a table and how long ago; null for a table that cannot tell. */
export interface TokenReading {
  readonly token: string | null;
  readonly ageMs: number;
}

/** Readings of change tokens, so that one instance's reading serves them all. Throws when the store is away. */
export interface SharedReadings {
  read(source: string, tables: readonly string[]): Promise<readonly (TokenReading | null)[]>;
  /** `readAt`: when the reading began, by this instance's wall clock in milliseconds. */
  write(source: string, tokens: ReadonlyMap<string, string | null>, readAt: number): Promise<void>;
}

/** Hears of invalidations on any instance, its own among them. */
export interface RaiseListener {
  heard(source: string, epochs: EpochVector): void;
  /** Some may have gone unheard: nobody was connected. */
  lost(): void;
}

/** One shared store, whatever the vendor. */
export interface SharedCache {
  readonly name: "redis" | "upstash" | "memory";
  readonly results: SharedResults;
  readonly readings: SharedReadings;
  /** Tells of what is raised as soon as it is, while the store is there; absent where a store can only be asked. */
  listen?(listener: RaiseListener): void;
  /** @throws when it does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Invalidation epochs, shared by all instances and durable; they only grow. */
export interface EpochStore {
  read(sourceId: string): Promise<ReadonlyMap<string, number>>;
  /** The epochs of these scopes as they are now. */
  bump(sourceId: string, scopes: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export type MissReason =
  | "not_stored"
  | "expired"
  /** Somebody said so (POST /cache/invalidate, a refresh of the source). */
  | "invalidated"
  /** A table says so. */
  | "changed"
  /** Older than the caller's `max-age`. */
  | "too_old"
  | "no_cache";

export type CacheEvent =
  | "hit"
  | "stale"
  | "bypass"
  | "store"
  | "too_large"
  /** A store that came too late. */
  | "refused"
  | "eviction"
  /** Another instance was waited for. */
  | "lease_wait"
  /** Made anew before its time, or behind a stale answer. */
  | "refresh"
  /** The shared store was passed over: away, or too slow. */
  | "shared_away"
  | "bytes_served"
  | "bytes_stored"
  | `miss:${MissReason}`;

/** What concerns no source in particular is counted under a name that no source can have. */
export const EVERY_SOURCE = "*";

/** Source → event → count. */
export type SourceEvents = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface CountedEvents {
  readonly all: SourceEvents;
  /** Of these, what was counted for each model. */
  readonly byModel: ReadonlyMap<string, SourceEvents>;
}

/** Additive over all instances. */
export interface CacheCounters {
  /** Counts for the source and, where a registered model asked, for that model too. */
  count(sourceId: string, event: CacheEvent, by?: number, modelId?: string | null): void;
  /** Totals of the last `days` days. */
  read(days: number): Promise<SourceEvents>;
  /** The same with the part of each model in it, as they were at one moment. */
  readWithModels(days: number): Promise<CountedEvents>;
}

/** All days there are: totals that forget a day would seem to have shrunk. */
export const EVER_DAYS = 36_500;

/** How the results of one source are kept. */
export interface SourceCacheTerms {
  readonly ttlSeconds: number;
  /** How long a reading of epochs and change tokens may be relied on; 0 reads every time. */
  readonly freshnessMs: number;
  readonly maxEntryBytes: number;
}

/** What identifies a result: two requests with the same identity get the same rows. */
export interface ResultIdentity {
  readonly sourceId: string;
  /** The source's name and when it was registered. */
  readonly registration: string;
  readonly place: SharedPlace;
  /** Every scope whose invalidation makes the result stale. */
  readonly scopes: readonly string[];
  /** Every table that the statement names; one name may mean several. */
  readonly tables: readonly TableRef[];
  readonly terms: SourceCacheTerms;
  /** On whose behalf: for the counters, and no part of what makes requests the same. */
  readonly modelId: string | null;
  readonly readTokens: OpenSource["adapter"]["changeTokens"];
}

/** What makes two requests the same, beside the versions that the cache knows itself. */
export interface IdentityInput {
  /** By name and registration: one that was removed and registered anew shares nothing with its namesake. */
  readonly source: {
    readonly record: Pick<OpenSource["record"], "sourceId" | "createdAt" | "config">;
    readonly adapter: Pick<OpenSource["adapter"], "changeTokens">;
  };
  readonly canonicalSql: string;
  readonly params: readonly JsonValue[];
  readonly tables: readonly TableName[];
  /** What of the rows and columns this principal may see; equal for principals with equal rights. */
  readonly policyFingerprint: string;
  readonly guardVersion: string;
  /** Of the model that a question was answered with; a constant where none was. */
  readonly semanticModelVersion?: string;
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly schema: SourceSchema;
  /** The registered model on whose behalf it is asked. */
  readonly modelId?: string | null;
}

/** What a caller takes. */
export interface Tolerance {
  /** Nothing older, however fresh. */
  readonly maxAgeSeconds: number | null;
  /** Takes what is out of date by at most this; null for none. */
  readonly staleSeconds: number | null;
}

export type CacheOutcome =
  | {
      readonly kind: "hit";
      readonly result: RenderedResult;
      readonly ageSeconds: number;
      /** Set where the caller should have it made anew, although it is still fresh. */
      readonly refresh: Evidence | null;
    }
  | {
      readonly kind: "stale";
      readonly result: RenderedResult;
      readonly ageSeconds: number;
      readonly reason: MissReason;
      /** To be made anew with. */
      readonly evidence: Evidence;
    }
  /** `evidence` goes back into `lead`, so that a result computed before a change is not served after it. */
  | { readonly kind: "miss"; readonly reason: MissReason; readonly evidence: Evidence }
  /** The source cannot say when these tables change: nothing may be kept. */
  | { readonly kind: "unverifiable" };

export interface LeadTerms extends Wanted {
  /** Requests that differ in it do not wait for each other. */
  readonly sharing: string;
  /** The most that is waited for other instances. */
  readonly patienceMs: number;
}

export type Compute = (signal: AbortSignal) => Promise<RenderedResult>;

export interface Led {
  readonly result: RenderedResult;
  /** Null where another instance computed it. */
  readonly executeMs: number | null;
  /** Why it was not kept; null when it was. */
  readonly notKept: "too_large" | "epoch_moved" | null;
}

export interface QueryCache {
  identify(input: IdentityInput): ResultIdentity;
  find(identity: ResultIdentity, tolerance: Tolerance, signal: AbortSignal): Promise<CacheOutcome>;
  /** Reads the evidence for a result that will be stored although nothing was looked up; null where there is none. */
  begin(identity: ResultIdentity, signal: AbortSignal): Promise<Evidence | null>;
  /**
   * Computes a result once for all instances, stores it, and gives it to everybody who waits.
   * @throws what `compute` throws.
   */
  lead(
    identity: ResultIdentity,
    terms: LeadTerms,
    compute: Compute,
    signal: AbortSignal,
  ): Promise<Led>;
  /** Computes and stores whatever lies there; waits for nobody. */
  renew(
    identity: ResultIdentity,
    evidence: Evidence,
    compute: Compute,
    signal: AbortSignal,
  ): Promise<Led>;
  /** As `renew`, behind everybody's back, unless another instance is at it. */
  refresh(
    identity: ResultIdentity,
    terms: LeadTerms,
    compute: Compute,
    signal: AbortSignal,
  ): Promise<void>;
  invalidate(sourceId: string, tables: readonly string[] | "all"): Promise<readonly string[]>;
  noteBypass(sourceId: string, modelId: string | null): void;
}

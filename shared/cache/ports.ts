/** The result cache: what is kept, what makes it stale, and what is counted. */
import type { JsonValue, ResultColumn, SourceRecord, SourceSchema } from "../sources/ports.ts";
import type { TableName } from "../sql/ports.ts";

export type RowFormat = "objects" | "arrays";

/** A result set as JSON text, rendered once and sent many times. */
export interface RenderedResult {
  readonly columns: readonly ResultColumn[];
  readonly columnsJson: string;
  readonly rowCount: number;
  readonly truncated: boolean;
  /** The rows as a JSON array. */
  rowsJson(format: RowFormat): string;
  /** Characters held in memory, for the cache's bound. */
  size(): number;
}

/** Scope → epoch, as read before the statement ran. A scope is a table's name or one of the two below. */
export type EpochVector = Readonly<Record<string, number>>;

/** Bumped when the whole source was invalidated. */
export const SCOPE_ALL = "*all";
/** Bumped with every invalidation of the source: what statements over views depend on. */
export const SCOPE_ANY = "*any";

export interface CacheEntry {
  readonly result: RenderedResult;
  readonly epochs: EpochVector;
  /** Milliseconds since the Unix epoch. */
  readonly storedAt: number;
}

/** Where results are kept. Losing an entry at any time is allowed; giving back another is not. */
export interface ResultStore {
  get(key: string): Promise<CacheEntry | null>;
  set(key: string, entry: CacheEntry, ttlSeconds: number): Promise<void>;
  usage(): { entries: number; bytes: number; maxBytes: number; evictions: number };
}

/** Invalidation epochs, shared by all instances; they only grow. */
export interface EpochStore {
  read(sourceId: string): Promise<ReadonlyMap<string, number>>;
  bump(sourceId: string, scopes: readonly string[]): Promise<void>;
}

export type CacheEvent = "hit" | "bypass" | "store" | `miss:${MissReason}`;
export type MissReason = "not_stored" | "expired" | "invalidated" | "no_cache";

/** Additive over all instances. */
export interface CacheCounters {
  count(sourceId: string, event: CacheEvent): void;
  /** Totals of the last `days` days: source → event → count. */
  read(days: number): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>;
}

/** What identifies a result: two requests with the same identity get the same rows. */
export interface ResultIdentity {
  readonly sourceId: string;
  readonly key: string;
  /** Every scope whose invalidation makes the result stale. */
  readonly scopes: readonly string[];
}

/** What makes two requests the same, beside the versions that the cache knows itself. */
export interface IdentityInput {
  /** Its name and when it was registered: one that was removed and registered anew shares nothing with its namesake. */
  readonly source: Pick<SourceRecord, "sourceId" | "createdAt">;
  readonly canonicalSql: string;
  readonly params: readonly JsonValue[];
  readonly tables: readonly TableName[];
  /** What of the rows and columns this principal may see; equal for principals with equal rights. */
  readonly policyFingerprint: string;
  readonly guardVersion: string;
  readonly maxRows: number;
  readonly schema: SourceSchema;
}

export type CacheOutcome =
  | { readonly kind: "hit"; readonly result: RenderedResult; readonly ageSeconds: number }
  /** `epochs` go back into `store`, so that a result computed before an invalidation is not kept after it. */
  | { readonly kind: "miss"; readonly reason: MissReason; readonly epochs: EpochVector };

export interface QueryCache {
  identify(input: IdentityInput): ResultIdentity;
  find(identity: ResultIdentity, now: number): Promise<CacheOutcome>;
  /** Reads the epochs for a result that will be stored although nothing was looked up (`no-cache`). */
  begin(identity: ResultIdentity, now: number): Promise<EpochVector>;
  /** False when the result was not kept because it is too large. */
  store(
    identity: ResultIdentity,
    result: RenderedResult,
    epochs: EpochVector,
    now: number,
  ): Promise<boolean>;
  invalidate(sourceId: string, tables: readonly string[] | "all"): Promise<readonly string[]>;
  noteBypass(sourceId: string): void;
  readonly ttlSeconds: number;
}

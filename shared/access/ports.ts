/** Access: where keys live, and how a credential becomes a principal. */
import type { Principal, QueryLimits } from "../kernel/context.ts";

export interface KeyRecord {
  readonly keyId: string;
  /** SHA-256 of the key, hex: what is looked up; it cannot be turned back into the key. */
  readonly hash: string;
  readonly owner: string;
  /** How the key begins and ends, for people to recognise it by. */
  readonly hint: string;
  readonly permissions: readonly string[];
  readonly roles: readonly string[];
  readonly sources: readonly string[] | null;
  /** What policies may ask of the key's holder. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly limits?: QueryLimits;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly usageCount: number;
}

/** Times are milliseconds since the Unix epoch. */
export interface KeyStore {
  /** Inserts, or does nothing where the hash is there already (the bootstrap key, on every start). */
  insert(record: KeyRecord): Promise<void>;
  byHash(hash: string): Promise<KeyRecord | null>;
  byId(keyId: string): Promise<KeyRecord | null>;
  list(limit: number, afterKeyId: string | null): Promise<readonly KeyRecord[]>;
  /** Sets the end of the key's life to `at` if that is earlier. False where there is no such key. */
  endAt(keyId: string, at: number): Promise<boolean>;
  revoke(keyId: string, at: number): Promise<boolean>;
  /** Inserts the successor and ends the old key at `endsAt`, both or neither. */
  replace(keyId: string, endsAt: number, successor: KeyRecord): Promise<void>;
  /** Adds uses; additive, so that many instances may do it at once. */
  addUses(uses: readonly { keyId: string; count: number; lastUsedAt: number }[]): Promise<void>;
}

/** Turns a presented credential into a principal, or null: unknown, malformed, revoked and expired all look the same. */
export interface Authenticator {
  authenticate(credential: string, now: number): Promise<Principal | null>;
  /** Drops what this instance remembers of the key with this hash, so that its end is seen at once. */
  forget(hash: string): void;
}

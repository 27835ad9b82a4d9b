/** From a presented key to a principal: a short memory first, then the checksum, then the store. */
import { LRUCache } from "lru-cache";
import { type Role, roles } from "../contract/permissions.ts";
import type { Principal } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import { isWellFormedKey, type KeyEnvironment } from "./key-format.ts";
import type { Authenticator, KeyRecord, KeyStore } from "./ports.ts";

/** A revoked key is refused on every instance after this long at most. */
export const KEY_MEMORY_MS = 5_000;
const KEY_MEMORY_ENTRIES = 5_000;

interface Remembered {
  readonly principal: Principal | null;
  readonly record: KeyRecord | null;
  readonly readAt: number;
}

export interface AuthenticatorDeps {
  readonly keys: Pick<KeyStore, "byHash">;
  readonly environment: KeyEnvironment;
  /** Told of every use of a valid key; must not block. */
  readonly noteUse: (keyId: string, at: number) => void;
}

export function createAuthenticator(deps: AuthenticatorDeps): Authenticator {
  const memory = new LRUCache<string, Remembered>({ max: KEY_MEMORY_ENTRIES });
  return {
    forget: (hash) => {
      memory.delete(hash);
    },
    async authenticate(credential, now) {
      const hash = sha256Hex(credential);
      let known = memory.get(hash);
      if (known === undefined || now - known.readAt >= KEY_MEMORY_MS) {
        if (!isWellFormedKey(credential, deps.environment)) return null;
        const record = await deps.keys.byHash(hash);
        known = { record, principal: record && toPrincipal(record), readAt: now };
        memory.set(hash, known);
      }
      if (known.record === null || known.principal === null || !isLive(known.record, now))
        return null;
      deps.noteUse(known.record.keyId, now);
      return known.principal;
    },
  };
}

export function isLive(record: Pick<KeyRecord, "revokedAt" | "expiresAt">, now: number): boolean {
  return (
    (record.revokedAt === null || record.revokedAt > now) &&
    (record.expiresAt === null || record.expiresAt > now)
  );
}

export function toPrincipal(record: KeyRecord): Principal {
  const granted = new Set(record.permissions);
  for (const name of record.roles)
    for (const permission of roles[name as Role] ?? []) granted.add(permission);
  return {
    id: `key:${record.keyId}`,
    owner: record.owner,
    permissions: granted,
    roles: record.roles,
    sources: record.sources === null ? "all" : new Set(record.sources),
    attributes: record.attributes,
    ...(record.limits && { limits: record.limits }),
    expiresAt: record.expiresAt,
  };
}

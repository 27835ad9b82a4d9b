/** API keys in the contract's shape: nothing here can be turned back into a key. */
import type { z } from "zod";
import { isLive } from "../../shared/access/authenticate.ts";
import type { KeyRecord } from "../../shared/access/ports.ts";
import type { KeyInfo } from "../../shared/contract/keys.ts";
import { isoTime, isoTimeOrNull } from "./page.ts";

export const toKeyInfo = (record: KeyRecord, now: number): z.input<typeof KeyInfo> => ({
  key_id: record.keyId,
  owner: record.owner,
  hint: record.hint,
  permissions: [...record.permissions],
  roles: [...record.roles],
  sources: record.sources === null ? null : [...record.sources],
  attributes: { ...record.attributes },
  ...(record.limits && { limits: { ...record.limits } }),
  created_at: isoTime(record.createdAt),
  expires_at: isoTimeOrNull(record.expiresAt),
  is_active: isLive(record, now),
  last_used: isoTimeOrNull(record.lastUsedAt),
  usage_count: record.usageCount,
});

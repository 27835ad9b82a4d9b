/** API keys in PostgreSQL. */
import { type Selectable, sql } from "kysely";
import type { KeyRecord, KeyStore } from "../../access/ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { ApiKeysTable } from "./tables.ts";

export function createKeyStore(db: MetadataDatabase): KeyStore {
  const one = async (column: "hash" | "key_id", value: string) => {
    const row = await db
      .selectFrom("api_keys")
      .selectAll()
      .where(column, "=", value)
      .executeTakeFirst();
    return row ? toRecord(row) : null;
  };
  return {
    insert: (record) => insert(db, record),
    byHash: (hash) => one("hash", hash),
    byId: (keyId) => one("key_id", keyId),
    list: async (limit, afterKeyId) => {
      let query = db.selectFrom("api_keys").selectAll().orderBy("key_id").limit(limit);
      if (afterKeyId !== null) query = query.where("key_id", ">", afterKeyId);
      return (await query.execute()).map(toRecord);
    },
    endAt: (keyId, at) => setEnd(db, "expires_at", keyId, at),
    revoke: (keyId, at) => setEnd(db, "revoked_at", keyId, at),
    replace: (keyId, endsAt, successor) =>
      db.transaction().execute(async (tx) => {
        await insert(tx, successor);
        await setEnd(tx, "expires_at", keyId, endsAt);
      }),
    addUses: (uses) => addUses(db, uses),
  };
}

async function insert(db: MetadataDatabase, record: KeyRecord): Promise<void> {
  await db
    .insertInto("api_keys")
    .values({
      key_id: record.keyId,
      hash: record.hash,
      owner: record.owner,
      hint: record.hint,
      permissions: JSON.stringify(record.permissions),
      roles: JSON.stringify(record.roles),
      sources: record.sources === null ? null : JSON.stringify(record.sources),
      attributes: JSON.stringify(record.attributes),
      limits: record.limits ? JSON.stringify(record.limits) : null,
      created_at: new Date(record.createdAt),
      expires_at: record.expiresAt === null ? null : new Date(record.expiresAt),
      revoked_at: null,
      last_used_at: null,
      usage_count: 0,
    })
    .onConflict((conflict) => conflict.column("hash").doNothing())
    .execute();
}

/** The earlier end wins, so that a rotation cannot lengthen a life. */
async function setEnd(
  db: MetadataDatabase,
  column: "expires_at" | "revoked_at",
  keyId: string,
  at: number,
): Promise<boolean> {
  const end = new Date(at);
  const { numUpdatedRows } = await db
    .updateTable("api_keys")
    .set((eb) => ({ [column]: eb.fn<Date>("least", [column, eb.val(end)]) }))
    .where("key_id", "=", keyId)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function addUses(
  db: MetadataDatabase,
  uses: readonly { keyId: string; count: number; lastUsedAt: number }[],
): Promise<void> {
  for (const use of uses) {
    await db
      .updateTable("api_keys")
      .set((eb) => ({
        usage_count: sql<number>`usage_count + ${use.count}`,
        last_used_at: eb.fn<Date>("greatest", ["last_used_at", eb.val(new Date(use.lastUsedAt))]),
      }))
      .where("key_id", "=", use.keyId)
      .execute();
  }
}

function toRecord(row: Selectable<ApiKeysTable>): KeyRecord {
  const time = (date: Date | null) => date?.getTime() ?? null;
  return {
    keyId: row.key_id,
    hash: row.hash,
    owner: row.owner,
    hint: row.hint,
    permissions: row.permissions,
    roles: row.roles,
    sources: row.sources,
    attributes: row.attributes,
    ...(row.limits && { limits: row.limits }),
    createdAt: row.created_at.getTime(),
    expiresAt: time(row.expires_at),
    revokedAt: time(row.revoked_at),
    lastUsedAt: time(row.last_used_at),
    usageCount: Number(row.usage_count),
  };
}

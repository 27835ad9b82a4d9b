/** Idempotency claims in PostgreSQL: one row per caller, route and key. */
import { sql } from "kysely";
import type { Claim, IdempotencyStore } from "../../http/idempotency.ts";
import type { Reply } from "../../http/reply.ts";
import type { MetadataDatabase } from "./database.ts";

/** A key may be used anew after a day, as with the payment APIs that made the header known. */
const KEPT_MS = 86_400_000;

export function createIdempotencyStore(db: MetadataDatabase): IdempotencyStore {
  return {
    claim: (key, requestDigest, now, leaseMs) => claim(db, { key, requestDigest, now, leaseMs }),
    complete: async (key, reply) => {
      await db
        .updateTable("idempotency")
        .set({ state: "done", reply: reply === null ? null : JSON.stringify(reply) })
        .where("key", "=", key)
        .execute();
    },
    release: async (key) => {
      await db
        .deleteFrom("idempotency")
        .where("key", "=", key)
        .where("state", "=", "running")
        .execute();
    },
  };
}

async function claim(
  db: MetadataDatabase,
  request: { key: string; requestDigest: string; now: number; leaseMs: number },
): Promise<Claim> {
  const { key, requestDigest, now, leaseMs } = request;
  await db
    .deleteFrom("idempotency")
    .where("key", "=", key)
    .where("claimed_at", "<", new Date(now - KEPT_MS))
    .execute();
  const taken = await db
    .insertInto("idempotency")
    .values({
      key,
      request_digest: requestDigest,
      state: "running",
      reply: null,
      claimed_at: new Date(now),
    })
    .onConflict((conflict) =>
      conflict
        .column("key")
        .doUpdateSet({ claimed_at: new Date(now) })
        .where("idempotency.state", "=", "running")
        .where("idempotency.claimed_at", "<", new Date(now - leaseMs))
        .where("idempotency.request_digest", "=", requestDigest),
    )
    .returning(sql<number>`1`.as("taken"))
    .executeTakeFirst();
  if (taken) return { kind: "first" };
  const row = await db
    .selectFrom("idempotency")
    .selectAll()
    .where("key", "=", key)
    .executeTakeFirst();
  if (row === undefined) return { kind: "in_progress" };
  if (row.request_digest !== requestDigest) return { kind: "other_request" };
  return row.state === "running"
    ? { kind: "in_progress" }
    : { kind: "done", reply: row.reply as Reply | null };
}

/** Invalidation epochs and cache counters in PostgreSQL: shared by all instances, additive. */
import { sql } from "kysely";
import type { CacheCounters, EpochStore } from "../../cache/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { MetadataDatabase } from "./database.ts";
import type { WriteBehind } from "./write-behind.ts";

const DAY_MS = 86_400_000;

export function createEpochStore(db: MetadataDatabase): EpochStore {
  return {
    read: async (sourceId) => {
      const rows = await db
        .selectFrom("cache_epochs")
        .select(["scope", "epoch"])
        .where("source_id", "=", sourceId)
        .execute();
      return new Map(rows.map((row) => [row.scope, Number(row.epoch)]));
    },
    bump: async (sourceId, scopes) => {
      const rows = await db
        .insertInto("cache_epochs")
        .values(scopes.toSorted().map((scope) => ({ source_id: sourceId, scope, epoch: 1 })))
        .onConflict((conflict) =>
          conflict
            .columns(["source_id", "scope"])
            .doUpdateSet({ epoch: sql<number>`cache_epochs.epoch + 1` }),
        )
        .returning(["scope", "epoch"])
        .execute();
      return new Map(rows.map((row) => [row.scope, Number(row.epoch)]));
    },
  };
}

export interface CounterDelta {
  readonly sourceId: string;
  readonly event: string;
  readonly by: number;
}

export function createCacheCounters(
  db: MetadataDatabase,
  clock: Clock,
  pending: WriteBehind<CounterDelta>,
): CacheCounters {
  return {
    count: (sourceId, event, by = 1) => pending.add({ sourceId, event, by }),
    read: async (days) => {
      await pending.drain();
      const since = new Date(clock.now() - (days - 1) * DAY_MS).toISOString().slice(0, 10);
      const rows = await db
        .selectFrom("cache_counters")
        .select(["source_id", "event", (eb) => eb.fn.sum<string>("count").as("count")])
        .where("day", ">=", since)
        .groupBy(["source_id", "event"])
        .execute();
      const totals = new Map<string, Map<string, number>>();
      for (const row of rows) {
        const events = totals.get(row.source_id) ?? new Map<string, number>();
        totals.set(row.source_id, events.set(row.event, Number(row.count)));
      }
      return totals;
    },
  };
}

/** Adds a batch of deltas, one row per (source, event), in a fixed order so that two instances cannot deadlock. */
export async function addCounters(
  db: MetadataDatabase,
  clock: Clock,
  deltas: readonly CounterDelta[],
): Promise<void> {
  const sums = new Map<string, number>();
  for (const delta of deltas) {
    const key = JSON.stringify([delta.sourceId, delta.event]);
    sums.set(key, (sums.get(key) ?? 0) + delta.by);
  }
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const values = [...sums].sort().map(([key, count]) => {
    const [source_id, event] = JSON.parse(key) as [string, string];
    return { day, source_id, event, count };
  });
  await db
    .insertInto("cache_counters")
    .values(values)
    .onConflict((conflict) =>
      conflict
        .columns(["day", "source_id", "event"])
        .doUpdateSet({ count: sql<number>`cache_counters.count + excluded.count` }),
    )
    .execute();
}

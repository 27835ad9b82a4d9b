/** Invalidation epochs and cache counters in PostgreSQL: shared by all instances, additive. */
import { sql } from "kysely";
import type { CacheCounters, EpochStore, SourceEvents } from "../../cache/ports.ts";
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
  /** Null where no registered model asked. */
  readonly modelId: string | null;
  readonly event: string;
  readonly by: number;
}

export function createCacheCounters(
  db: MetadataDatabase,
  clock: Clock,
  pending: WriteBehind<CounterDelta>,
): CacheCounters {
  const firstDay = (days: number) =>
    new Date(clock.now() - (days - 1) * DAY_MS).toISOString().slice(0, 10);
  return {
    count: (sourceId, event, by = 1, modelId = null) =>
      pending.add({ sourceId, modelId, event, by }),
    read: async (days) => {
      await pending.drain();
      const rows = await db
        .selectFrom("cache_counters")
        .select(["source_id", "event", (eb) => eb.fn.sum<string>("count").as("count")])
        .where("day", ">=", firstDay(days))
        .groupBy(["source_id", "event"])
        .execute();
      return bySource(rows);
    },
    // One statement, and so one moment: what is told of a model is never more than what is told of all.
    readWithModels: async (days) => {
      await pending.drain();
      const rows = await db
        .selectFrom("cache_counters")
        .select([sql<string | null>`null::text`.as("model_id"), "source_id", "event"])
        .select((eb) => eb.fn.sum<string>("count").as("count"))
        .where("day", ">=", firstDay(days))
        .groupBy(["source_id", "event"])
        .unionAll(
          db
            .selectFrom("cache_model_counters")
            .select([sql<string | null>`model_id`.as("model_id"), "source_id", "event"])
            .select((eb) => eb.fn.sum<string>("count").as("count"))
            .where("day", ">=", firstDay(days))
            .groupBy(["model_id", "source_id", "event"]),
        )
        .execute();
      const byModel = Map.groupBy(rows, (row) => row.model_id);
      const all = bySource(byModel.get(null) ?? []);
      byModel.delete(null);
      return {
        all,
        byModel: new Map([...byModel].map(([id, own]) => [id ?? "", bySource(own)])),
      };
    },
  };
}

interface CounterRow {
  readonly source_id: string;
  readonly event: string;
  readonly count: string;
}

function bySource(rows: readonly CounterRow[]): SourceEvents {
  const totals = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const events = totals.get(row.source_id) ?? new Map<string, number>();
    totals.set(row.source_id, events.set(row.event, Number(row.count)));
  }
  return totals;
}

/**
 * Adds a batch of deltas, one row per (source, event) and one more per (model, source, event), all or none, and in a
 * fixed order so that two instances cannot deadlock.
 */
export async function addCounters(
  db: MetadataDatabase,
  clock: Clock,
  deltas: readonly CounterDelta[],
): Promise<void> {
  const day = new Date(clock.now()).toISOString().slice(0, 10);
  const sources = summed(deltas.map(({ sourceId, event, by }) => [[sourceId, event], by]));
  const models = summed(
    deltas.flatMap(({ modelId, sourceId, event, by }) =>
      modelId === null ? [] : [[[modelId, sourceId, event], by]],
    ),
  );
  await db.transaction().execute(async (all) => {
    await all
      .insertInto("cache_counters")
      .values(
        sources.map(([[source_id = "", event = ""], count]) => ({ day, source_id, event, count })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["day", "source_id", "event"])
          .doUpdateSet({ count: sql<number>`cache_counters.count + excluded.count` }),
      )
      .execute();
    if (models.length === 0) return;
    await all
      .insertInto("cache_model_counters")
      .values(
        models.map(([[model_id = "", source_id = "", event = ""], count]) => ({
          day,
          model_id,
          source_id,
          event,
          count,
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["day", "model_id", "source_id", "event"])
          .doUpdateSet({ count: sql<number>`cache_model_counters.count + excluded.count` }),
      )
      .execute();
  });
}

/** One of each name with the sum of its counts, in the order of the names. */
function summed(
  counts: readonly (readonly [name: readonly string[], count: number])[],
): (readonly [readonly string[], number])[] {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) {
    const key = JSON.stringify(name);
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  return [...sums].sort().map(([key, count]) => [JSON.parse(key) as string[], count]);
}

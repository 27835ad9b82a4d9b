/** The last look at each source's cache misses in PostgreSQL, with optimistic concurrency on `version`. */
import type { Selectable } from "kysely";
import type { MissWatch, MissWatchStore } from "../../cache/watch-ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { CacheWatchTable } from "./tables.ts";

export function createMissWatchStore(db: MetadataDatabase): MissWatchStore {
  return {
    async list() {
      const rows = await db.selectFrom("cache_watch").selectAll().orderBy("source_id").execute();
      return rows.map(watchOf);
    },
    async save(next) {
      const row = rowOf(next);
      if (next.version === 1) {
        const made = await db
          .insertInto("cache_watch")
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .returning("source_id")
          .executeTakeFirst();
        return made !== undefined;
      }
      const changed = await db
        .updateTable("cache_watch")
        .set(row)
        .where("source_id", "=", next.sourceId)
        .where("version", "=", next.version - 1)
        .returning("source_id")
        .executeTakeFirst();
      return changed !== undefined;
    },
  };
}

function watchOf(row: Selectable<CacheWatchTable>): MissWatch {
  return {
    sourceId: row.source_id,
    slot: row.slot.getTime(),
    hits: Number(row.hits),
    misses: Number(row.misses),
    missing: row.missing,
    rate: row.rate,
    incidentOpen: row.incident_open,
    version: row.version,
  };
}

function rowOf({ sourceId, slot, incidentOpen, ...same }: MissWatch) {
  return { ...same, source_id: sourceId, slot: new Date(slot), incident_open: incidentOpen };
}

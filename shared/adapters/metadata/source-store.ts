/** Registered data sources in PostgreSQL. */
import type { Selectable } from "kysely";
import type { SourceRecord } from "../../sources/ports.ts";
import type { SourceStore } from "../../sources/store-ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { SourcesTable } from "./tables.ts";

export function createSourceStore(db: MetadataDatabase): SourceStore {
  return {
    insert: async (source, by) => {
      const row = await db
        .insertInto("sources")
        .values({
          source_id: source.sourceId,
          type: source.type,
          config: JSON.stringify(source.config),
          credentials: source.sealedCredentials,
          created_at: new Date(source.createdAt),
          created_by: by,
        })
        .onConflict((conflict) => conflict.column("source_id").doNothing())
        .returning("source_id")
        .executeTakeFirst();
      return row !== undefined;
    },
    get: async (sourceId) => {
      const row = await db
        .selectFrom("sources")
        .selectAll()
        .where("source_id", "=", sourceId)
        .executeTakeFirst();
      return row ? { ...toRecord(row), sealedCredentials: row.credentials } : null;
    },
    list: async () =>
      (await db.selectFrom("sources").selectAll().orderBy("source_id").execute()).map(toRecord),
    replaceCredentials: async (sourceId, from, to) => {
      const { numUpdatedRows } = await db
        .updateTable("sources")
        .set({ credentials: to })
        .where("source_id", "=", sourceId)
        .where("credentials", "=", from)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    remove: (sourceId) =>
      db.transaction().execute(async (tx) => {
        // What was said of its tables means nothing for a namesake.
        await tx.deleteFrom("semantic_models").where("source_id", "=", sourceId).execute();
        const { numDeletedRows } = await tx
          .deleteFrom("sources")
          .where("source_id", "=", sourceId)
          .executeTakeFirst();
        return numDeletedRows > 0n;
      }),
  };
}

function toRecord(row: Selectable<SourcesTable>): SourceRecord {
  return {
    sourceId: row.source_id,
    type: row.type,
    config: row.config,
    builtin: false,
    createdAt: row.created_at.toISOString(),
  };
}

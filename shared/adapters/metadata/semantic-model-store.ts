/** Semantic models in PostgreSQL. */
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";
import type { SemanticModel } from "../../contract/semantic-model.ts";
import type { ModelChange, SemanticModelStore, StoredModel } from "../../semantic/ports.ts";
import type { SemanticModelVersionRow, SemanticTables } from "./semantic-tables.ts";

export function createSemanticModelStore(db: Kysely<SemanticTables>): SemanticModelStore {
  return {
    current: async (sourceId) => {
      const row = await db
        .selectFrom("semantic_models as m")
        .innerJoin("semantic_model_versions as v", (join) =>
          join.onRef("v.source_id", "=", "m.source_id").onRef("v.version", "=", "m.version"),
        )
        .selectAll("v")
        .where("m.source_id", "=", sourceId)
        .executeTakeFirst();
      return row ? toStored(row) : null;
    },
    put: (sourceId, model, digest, change) =>
      db.transaction().execute(async (tx) => {
        await lockSource(tx, sourceId, change);
        const known = await versionOf(tx, sourceId, digest);
        const row = known ?? (await addVersion(tx, sourceId, model, digest, change));
        await tx
          .updateTable("semantic_models")
          .set({
            version: row.version,
            updated_at: new Date(change.at),
            updated_by: change.by,
          })
          .where("source_id", "=", sourceId)
          .execute();
        return { stored: toStored(row), created: known === undefined };
      }),
    retire: async (sourceId) => {
      const { numDeletedRows } = await db
        .deleteFrom("semantic_models")
        .where("source_id", "=", sourceId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

type Tx = Transaction<SemanticTables>;

/** One writer of a source at a time: its row is there, and locked until the transaction ends. Version 0 is never seen. */
async function lockSource(tx: Tx, sourceId: string, { at, by }: ModelChange): Promise<void> {
  await tx
    .insertInto("semantic_models")
    .values({ source_id: sourceId, version: 0, updated_at: new Date(at), updated_by: by })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .selectFrom("semantic_models")
    .select("version")
    .where("source_id", "=", sourceId)
    .forUpdate()
    .execute();
}

const versionOf = (tx: Tx, sourceId: string, digest: string) =>
  tx
    .selectFrom("semantic_model_versions")
    .selectAll()
    .where("source_id", "=", sourceId)
    .where("digest", "=", digest)
    .executeTakeFirst();

async function addVersion(
  tx: Tx,
  sourceId: string,
  model: SemanticModel,
  digest: string,
  { at, by }: ModelChange,
): Promise<Selectable<SemanticModelVersionRow>> {
  const { next } = await tx
    .selectFrom("semantic_model_versions")
    .select(sql<number>`coalesce(max(version), 0) + 1`.as("next"))
    .where("source_id", "=", sourceId)
    .executeTakeFirstOrThrow();
  return tx
    .insertInto("semantic_model_versions")
    .values({
      source_id: sourceId,
      version: next,
      digest,
      model: JSON.stringify(model),
      created_at: new Date(at),
      created_by: by,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

function toStored(row: Selectable<SemanticModelVersionRow>): StoredModel {
  return {
    sourceId: row.source_id,
    version: row.version,
    digest: row.digest,
    model: row.model,
    createdAt: row.created_at.getTime(),
    createdBy: row.created_by,
  };
}

/** Verified examples in PostgreSQL, with those that came with the installation beside them. */
import type { VerifiedExample } from "../../ask/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ExampleStore, StoredExample } from "../../query/ports.ts";
import type { MetadataDatabase } from "./database.ts";

/** Examples taught on another instance are known here after this long. */
const MEMORY_MS = 2_000;

interface Known {
  examples: readonly StoredExample[];
  readonly text: string;
  readAt: number;
}

export function createExampleStore(
  db: MetadataDatabase,
  clock: Clock,
  builtins: readonly VerifiedExample[],
): ExampleStore {
  const memory = new Map<string, Known>();
  const shipped = builtins.map(
    (example): StoredExample => ({ ...example, createdAt: null, createdBy: "system:install" }),
  );
  return {
    forSource: async (sourceId) => {
      const now = clock.now();
      const known = memory.get(sourceId);
      if (known && now - known.readAt < MEMORY_MS) return known.examples;
      const examples = [
        ...(await read(db, sourceId)),
        ...shipped.filter((example) => example.sourceId === sourceId),
      ];
      const text = JSON.stringify(examples);
      // The same array while nothing changed: what was derived from it stays valid.
      if (known?.text === text) known.readAt = now;
      else memory.set(sourceId, { examples, text, readAt: now });
      return memory.get(sourceId)?.examples ?? examples;
    },
    put: async (example, questionKey) => {
      const row = {
        example_id: example.exampleId,
        question: example.question,
        sql: example.sql,
        slots: JSON.stringify(example.slots),
        created_at: new Date(example.createdAt ?? clock.now()),
        created_by: example.createdBy,
      };
      await db
        .insertInto("query_examples")
        .values({ ...row, source_id: example.sourceId, question_key: questionKey })
        .onConflict((conflict) => conflict.columns(["source_id", "question_key"]).doUpdateSet(row))
        .execute();
      memory.delete(example.sourceId);
    },
    remove: async (exampleId, sources) => {
      let query = db.deleteFrom("query_examples").where("example_id", "=", exampleId);
      if (sources !== "all") query = query.where("source_id", "in", [...sources, ""]);
      const row = await query.returning("source_id").executeTakeFirst();
      if (row) memory.delete(row.source_id);
      return row !== undefined;
    },
  };
}

async function read(db: MetadataDatabase, sourceId: string): Promise<StoredExample[]> {
  const rows = await db
    .selectFrom("query_examples")
    .selectAll()
    .where("source_id", "=", sourceId)
    .orderBy("example_id", "desc")
    .execute();
  return rows.map((row) => ({
    exampleId: row.example_id,
    sourceId: row.source_id,
    question: row.question,
    sql: row.sql,
    slots: row.slots,
    createdAt: row.created_at.getTime(),
    createdBy: row.created_by,
  }));
}

/** Verified examples in PostgreSQL, with those that came with the installation beside them. */
import type { Selectable } from "kysely";
import type { VerifiedExample } from "../../ask/ports.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { ExampleStore, StoredExample, Verification } from "../../query/ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { QueryExamplesTable } from "./example-tables.ts";

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
    (example): StoredExample => ({
      ...example,
      createdAt: null,
      createdBy: "system:install",
      verification: null,
    }),
  );
  const readAnew: ExampleStore["readAnew"] = async (sourceId) => {
    const now = clock.now();
    const known = memory.get(sourceId);
    const examples = [
      ...(await read(db, sourceId)),
      ...shipped.filter((example) => example.sourceId === sourceId),
    ];
    const text = JSON.stringify(examples);
    // The same array while nothing changed: what was derived from it stays valid.
    if (known?.text === text) known.readAt = now;
    else memory.set(sourceId, { examples, text, readAt: now });
    return memory.get(sourceId)?.examples ?? examples;
  };
  return {
    readAnew,
    forSource: async (sourceId) => {
      const known = memory.get(sourceId);
      return known && clock.now() - known.readAt < MEMORY_MS ? known.examples : readAnew(sourceId);
    },
    insert: async (example, questionKey, replaces) => {
      const inserted = await insert(db, example, questionKey, replaces);
      memory.delete(example.sourceId);
      return inserted;
    },
    reverify: async (exampleId, verification) => {
      const row = await db
        .updateTable("query_examples")
        .set(rowOf(verification))
        .where("example_id", "=", exampleId)
        .returning("source_id")
        .executeTakeFirst();
      if (row) memory.delete(row.source_id);
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

/** Both or neither, so that a question is never left without its example. */
function insert(
  db: MetadataDatabase,
  example: StoredExample,
  questionKey: string,
  replaces: string | null,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    if (replaces !== null)
      await tx.deleteFrom("query_examples").where("example_id", "=", replaces).execute();
    const row = await tx
      .insertInto("query_examples")
      .values({
        example_id: example.exampleId,
        source_id: example.sourceId,
        question: example.question,
        question_key: questionKey,
        sql: example.sql,
        slots: JSON.stringify(example.slots),
        created_at: new Date(example.createdAt ?? 0),
        created_by: example.createdBy,
        ...(example.verification !== null && rowOf(example.verification)),
      })
      .onConflict((conflict) => conflict.columns(["source_id", "question_key"]).doNothing())
      .returning("example_id")
      .executeTakeFirst();
    return row !== undefined;
  });
}

const rowOf = (verification: Verification) => ({
  masked_question: verification.maskedQuestion,
  canonical_sql: verification.canonicalSql,
  reads: JSON.stringify(verification.reads),
  schema_version: verification.schemaVersion,
  verified_at: new Date(verification.verifiedAt),
  verified_by: verification.verifiedBy,
});

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
    verification: verificationOf(row),
  }));
}

function verificationOf(row: Selectable<QueryExamplesTable>): Verification | null {
  if (row.verified_at === null || row.reads === null) return null;
  return {
    maskedQuestion: row.masked_question ?? "",
    canonicalSql: row.canonical_sql ?? "",
    reads: row.reads,
    schemaVersion: row.schema_version ?? "",
    verifiedAt: row.verified_at.getTime(),
    verifiedBy: row.verified_by ?? "",
  };
}

/** What people said of answers, in PostgreSQL. */
import type { Insertable, Selectable } from "kysely";
import type { Clock } from "../../kernel/clock.ts";
import type { Feedback, FeedbackStore, Rejection } from "../../query/ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { QueryFeedbackTable } from "./example-tables.ts";

/** A rejection on another instance is known here after this long, as an example is. */
const MEMORY_MS = 2_000;
/** Of a source: the newest hold. */
const MOST_REJECTIONS = 5_000;

export function createFeedbackStore(db: MetadataDatabase, clock: Clock): FeedbackStore {
  const memory = new Map<string, { rejections: readonly Rejection[]; readAt: number }>();
  const find: FeedbackStore["find"] = async (queryId, principal) => {
    const row = await db
      .selectFrom("query_feedback")
      .selectAll()
      .where("query_id", "=", queryId)
      .where("principal", "=", principal)
      .executeTakeFirst();
    return row === undefined ? null : toFeedback(row);
  };
  return {
    find,
    record: async (feedback) => {
      await db
        .insertInto("query_feedback")
        .values(rowOf(feedback))
        .onConflict((conflict) => conflict.columns(["query_id", "principal"]).doNothing())
        .execute();
      memory.delete(feedback.sourceId);
      return (await find(feedback.queryId, feedback.principal)) ?? feedback;
    },
    rejections: async (sourceId) => {
      const known = memory.get(sourceId);
      if (known && clock.now() - known.readAt < MEMORY_MS) return known.rejections;
      const rejections = await readRejections(db, sourceId);
      memory.set(sourceId, { rejections, readAt: clock.now() });
      return rejections;
    },
    taughtKeys: async (sourceId) => {
      const rows = await db
        .selectFrom("query_feedback")
        .select("question_key")
        .distinct()
        .where("source_id", "=", sourceId)
        .where("example_id", "is not", null)
        .execute();
      return new Set(rows.map((row) => row.question_key));
    },
    forgetRejections: async (sourceId, isAnswered) => {
      for (const { questionKey, sql } of (await readRejections(db, sourceId)).filter(isAnswered))
        await db
          .updateTable("query_feedback")
          .set({ rejected_sql: null })
          .where("source_id", "=", sourceId)
          .where("question_key", "=", questionKey)
          .where("rejected_sql", "=", sql)
          .execute();
      memory.delete(sourceId);
    },
  };
}

async function readRejections(db: MetadataDatabase, sourceId: string): Promise<Rejection[]> {
  const rows = await db
    .selectFrom("query_feedback")
    .select(["question_key", "rejected_sql", "for_all", "principal"])
    .where("source_id", "=", sourceId)
    .where("rejected_sql", "is not", null)
    .orderBy("at", "desc")
    .limit(MOST_REJECTIONS)
    .execute();
  return rows.map((row) => ({
    questionKey: row.question_key,
    sql: row.rejected_sql ?? "",
    principal: row.for_all ? null : row.principal,
  }));
}

const rowOf = (feedback: Feedback): Insertable<QueryFeedbackTable> => ({
  query_id: feedback.queryId,
  principal: feedback.principal,
  source_id: feedback.sourceId,
  question_key: feedback.questionKey,
  correct: feedback.correct,
  rejected_sql: feedback.rejectedSql,
  for_all: feedback.forAll,
  correction: feedback.correction,
  example_id: feedback.exampleId,
  at: new Date(feedback.at),
});

const toFeedback = (row: Selectable<QueryFeedbackTable>): Feedback => ({
  queryId: row.query_id,
  principal: row.principal,
  sourceId: row.source_id,
  questionKey: row.question_key,
  correct: row.correct,
  rejectedSql: row.rejected_sql,
  forAll: row.for_all,
  correction: row.correction,
  exampleId: row.example_id,
  at: row.at.getTime(),
});

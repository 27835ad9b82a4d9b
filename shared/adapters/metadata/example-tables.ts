/** The rows of what people taught and what they said of answers. */
import type { ColumnType } from "kysely";
import type { TableRead } from "../../query/ports.ts";

type Time = ColumnType<Date, Date, Date>;

export interface QueryExamplesTable {
  example_id: string;
  source_id: string;
  question: string;
  question_key: string;
  sql: string;
  slots: ColumnType<string[], string, string>;
  created_at: Time;
  created_by: string;
  /** These are null in rows of a release before. */
  masked_question: string | null;
  canonical_sql: string | null;
  reads: ColumnType<TableRead[] | null, string | null, string | null>;
  schema_version: string | null;
  verified_at: ColumnType<Date | null, Date | null, Date | null>;
  verified_by: string | null;
}

/** One row for each caller and query: what he said of its answer. */
export interface QueryFeedbackTable {
  query_id: string;
  principal: string;
  source_id: string;
  question_key: string;
  correct: boolean;
  /** The SQL that is not to be offered for this question again. */
  rejected_sql: string | null;
  /** Said by someone who may teach: it holds for everybody. */
  for_all: boolean;
  correction: string | null;
  example_id: string | null;
  at: Time;
}

export interface ExampleTables {
  query_examples: QueryExamplesTable;
  query_feedback: QueryFeedbackTable;
}

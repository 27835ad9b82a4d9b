/** Examples, feedback and suggestions in the contract's shapes. */
import type { z } from "zod";
import type { Example, ExampleSuggestion, FeedbackAnswer } from "../../shared/contract/examples.ts";
import type { FeedbackOutcome } from "../../shared/query/give-feedback.ts";
import type { StoredExample } from "../../shared/query/ports.ts";
import type { Suggestion } from "../../shared/query/suggest-examples.ts";
import { isoTime, isoTimeOrNull } from "./page.ts";

export function toExample(example: StoredExample, stale: string | null): z.input<typeof Example> {
  const { verification } = example;
  return {
    example_id: example.exampleId,
    source: example.sourceId,
    question: example.question,
    masked_question: verification?.maskedQuestion ?? null,
    sql: example.sql,
    canonical_sql: verification?.canonicalSql ?? null,
    slots: [...example.slots],
    builtin: example.createdAt === null,
    reads:
      verification?.reads.map(({ schema, name, columns }) => ({
        schema,
        table: name,
        columns: [...columns],
      })) ?? null,
    schema_version: verification?.schemaVersion ?? null,
    stale,
    created_at: isoTimeOrNull(example.createdAt),
    created_by: example.createdBy,
    verified_at: isoTimeOrNull(verification?.verifiedAt ?? null),
    verified_by: verification?.verifiedBy ?? null,
  };
}

export const toFeedback = ({
  feedback,
  note,
}: FeedbackOutcome): z.input<typeof FeedbackAnswer> => ({
  query_id: feedback.queryId,
  correct: feedback.correct,
  example_id: feedback.exampleId,
  scope: feedback.forAll ? "everybody" : "caller",
  note,
  at: isoTime(feedback.at),
});

export const toSuggestion = (one: Suggestion): z.input<typeof ExampleSuggestion> => ({
  source: one.sourceId,
  question: one.question,
  sql: one.sql,
  provenance: one.provenance,
  count: one.count,
  last_at: isoTime(one.at),
  query_id: one.queryId,
});

/** The examples that teach: verified questions, what callers say of answers, and what is worth verifying. */
import * as z from "zod";
import { IsoTime, Line, Slug, Token } from "./common.ts";

const ExampleSql = z.string().min(1).max(65_536);

/** `{name:type}` in a question stands for a value; types: int, text, date, period, value. */
export const ExampleRequest = z.strictObject({
  source: Slug.optional(),
  question: Line(1_000).meta({
    description:
      "`{name:type}` stands for a value: int, text (a name), date (a day), value (one the source lists), or period, which is two parameters: from and to",
  }),
  sql: ExampleSql.meta({ description: "One SELECT; $1 … $n are the slots in their order" }),
  replace: z
    .boolean()
    .default(false)
    .meta({ description: "Take the place of an example of the same question with other SQL" }),
});

export const Example = z.object({
  example_id: z.string(),
  source: z.string(),
  question: z.string(),
  masked_question: z.string().nullable(),
  sql: z.string(),
  canonical_sql: z.string().nullable(),
  slots: z.array(z.string()),
  builtin: z.boolean(),
  reads: z
    .array(
      z.object({
        schema: z.string(),
        table: z.string(),
        columns: z.array(z.object({ name: z.string(), type: z.string() })),
      }),
    )
    .nullable()
    .meta({ description: "The tables and columns it names, as they were when it was verified" }),
  schema_version: z.string().nullable(),
  stale: z
    .string()
    .nullable()
    .meta({ description: "Why it is not used until it is verified again; null where it is used" }),
  created_at: IsoTime.nullable(),
  created_by: z.string(),
  verified_at: IsoTime.nullable(),
  verified_by: z.string().nullable(),
});
export const ExamplePath = z.strictObject({ id: Token });
export const ExampleQuery = z.strictObject({ source: Slug.optional() });

export const FeedbackPath = z.strictObject({ query_id: Token });
export const FeedbackRequest = z.strictObject({
  correct: z.boolean(),
  sql: ExampleSql.optional().meta({
    description: "With `correct: false`: the SELECT that is right, without parameters",
  }),
});
export const FeedbackAnswer = z.object({
  query_id: z.string(),
  correct: z.boolean(),
  example_id: z.string().nullable().meta({ description: "The example that came of it" }),
  scope: z
    .enum(["everybody", "caller"])
    .meta({ description: "For whom a rejection holds: `query:teach` speaks for everybody" }),
  note: z.string().nullable().meta({ description: "Why no example came of it" }),
  at: IsoTime,
});

export const SuggestionQuery = z.strictObject({
  source: Slug.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});
export const ExampleSuggestion = z.object({
  source: z.string(),
  question: z.string().nullable().meta({ description: "Null for SQL that was given directly" }),
  sql: z.string(),
  provenance: z.enum(["generated", "given"]),
  count: z.int(),
  last_at: IsoTime,
  query_id: z.string().meta({ description: "The newest of them: feedback on it confirms it" }),
});

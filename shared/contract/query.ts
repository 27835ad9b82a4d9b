/** Questions and SQL: the request, the three kinds of answer, the examples that teach, the history. */
import * as z from "zod";
import { IsoTime, Slug, Token } from "./common.ts";
import { ModelRef } from "./models.ts";

export const MAX_SQL_CHARACTERS = 262_144;
export const MAX_QUESTION_CHARACTERS = 4_000;
export const MAX_ROWS = 100_000;
export const DEFAULT_ROWS = 1_000;
export const MAX_TIMEOUT_MS = 100_000;
export const DEFAULT_TIMEOUT_MS = 30_000;

const Scalar = z.union([z.null(), z.boolean(), z.number(), z.string().max(65_536)]);

/** A parameter of $n: a scalar, or an array of scalars for `= ANY($n)`. Objects are refused. */
export const Parameter = z.union([Scalar, z.array(Scalar).max(10_000)]);

/** What is asked, of which source: the same wherever a statement travels. */
export const statementFields = {
  question: z.string().trim().min(1).max(MAX_QUESTION_CHARACTERS).optional(),
  sql: z.string().min(1).max(MAX_SQL_CHARACTERS).optional(),
  params: z.array(Parameter).max(1_000).optional(),
  source: Slug.optional().meta({
    description: "The data source; may be left out where the caller sees just one",
  }),
  model: ModelRef.optional().meta({
    description:
      "The registered model on whose behalf this is asked: `name`, `name@label` or `name@3`. It is logged and counted, changes no answer, and needs models:read",
  }),
};

interface Statement {
  readonly question?: string | undefined;
  readonly sql?: string | undefined;
  readonly params?: readonly unknown[] | undefined;
}
export const asksOnce = (body: Statement) =>
  (body.question === undefined) !== (body.sql === undefined);
export const paramsFit = (body: Statement) => body.params === undefined || body.sql !== undefined;
export const ASKS_ONCE = { error: "exactly one of question and sql", path: [] };
export const PARAMS_FIT = { error: "params go with sql", path: ["params"] };

export const QueryRequest = z
  .strictObject({
    ...statementFields,
    max_rows: z.int().min(1).max(MAX_ROWS).default(DEFAULT_ROWS),
    timeout_ms: z.int().min(1).max(MAX_TIMEOUT_MS).default(DEFAULT_TIMEOUT_MS),
    format: z.enum(["objects", "arrays"]).default("objects"),
    explain: z
      .boolean()
      .default(false)
      .meta({ description: "Say how the answer came about; for a question, in plain English" }),
  })
  .refine(asksOnce, ASKS_ONCE)
  .refine(paramsFit, PARAMS_FIT);
export type QueryRequest = z.output<typeof QueryRequest>;

export const CacheStatus = z.enum(["hit", "miss", "stale", "bypass"]);

const Timing = z.object({
  total: z.number(),
  ask: z.number().optional(),
  guard: z.number().optional(),
  execute: z.number().optional(),
});

export const QueryAnswer = z.object({
  query_id: z.string(),
  kind: z.literal("answer"),
  source: z.string(),
  question: z.string().optional(),
  sql: z.string(),
  params: z.array(Parameter),
  provenance: z.enum(["verified", "generated", "given"]),
  confidence: z.number(),
  restatement: z.string().optional(),
  semantic_model: z.string().optional().meta({
    description: "The version of the source's semantic model that the question was answered with",
  }),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(z.union([z.record(z.string(), z.json()), z.array(z.json())])),
  row_count: z.int(),
  truncated: z.boolean(),
  cache: z.object({ status: CacheStatus, age_seconds: z.number(), reason: z.string().optional() }),
  timing_ms: Timing,
  suggestions: z.array(z.string()).meta({
    description:
      "Sentences on what to know of the rows and what to do about it: cut short, counted several times, left out by a join",
  }),
});

const Doubt = {
  query_id: z.string(),
  source: z.string(),
  question: z.string(),
  reason: z.string(),
  confidence: z.number(),
  timing_ms: Timing,
};
const OptionPreview = z
  .object({
    row_count: z.int(),
    truncated: z.boolean(),
    columns: z.array(z.string()),
    first_row: z
      .array(z.json())
      .nullable()
      .meta({ description: "Null where there is no row, or a large one" }),
  })
  .meta({ description: "What the option would show; left out where it was not run to its end" });
export const QueryClarify = z.object({
  ...Doubt,
  kind: z.literal("clarify"),
  options: z
    .array(
      z.object({
        question: z.string(),
        sql: z.string(),
        params: z.array(Parameter),
        preview: OptionPreview.optional(),
      }),
    )
    .meta({ description: "Readings of the question, the likeliest first; no two with one result" }),
});
export const QueryAbstain = z.object({ ...Doubt, kind: z.literal("abstain") });
export const QueryResponse = z.discriminatedUnion("kind", [
  QueryAnswer,
  QueryClarify,
  QueryAbstain,
]);

export const ExplainAnswer = z.object({
  source: z.string(),
  sql: z.string(),
  tables: z.array(z.string()),
  plan: z.json(),
  suggestions: z.array(z.string()),
});

export const HistoryItem = z.object({
  query_id: z.string(),
  at: IsoTime,
  principal: z.string(),
  source: z.string(),
  model: z.string().nullable().meta({
    description: "`name@version` of the model that asked, as it was resolved then",
  }),
  question: z.string().nullable(),
  sql: z.string().nullable(),
  outcome: z.string().meta({ description: "answer, clarify, abstain, or the error code" }),
  provenance: z.string().nullable(),
  cache_status: z.string().nullable(),
  row_count: z.int().nullable(),
  duration_ms: z.number(),
});
export const HistoryQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Token.optional(),
  source: Slug.optional(),
});

/** The semantic model of a source: what its tables and columns are called, and what its figures and filters mean. */
import * as z from "zod";
import { IsoTime, Line } from "./common.ts";

/** Prose: line breaks of a YAML block are blanks. */
const Description = z
  .string()
  .max(2_000)
  .transform((text) => text.replace(/\s+/g, " ").trim())
  .refine((text) => text.isWellFormed() && !text.includes("\u0000"), "must be well-formed Unicode");
const Synonyms = z.array(Line(100)).max(50).default([]);
const TableRef = Line(520).meta({ description: "`table` or `schema.table`" });
const ColumnRef = Line(780).meta({ description: "`table.column` or `schema.table.column`" });
const Expression = z.string().trim().min(1).max(2_000);

/** A stored value, and what people say for it. */
export const SemanticValue = z.strictObject({
  value: z
    .union([Line(255), z.boolean(), z.number()])
    .transform(String)
    .meta({
      description: "As the column stores it: `manual`, `false`, `5`",
    }),
  synonyms: Synonyms,
});
export type SemanticValue = z.output<typeof SemanticValue>;

export const SemanticColumn = z.strictObject({
  name: Line(255),
  description: Description.optional(),
  synonyms: Synonyms,
  role: z.enum(["dimension", "measure", "time", "key"]).optional(),
  default_aggregation: z.enum(["sum", "avg", "min", "max"]).optional(),
  unit: Line(40).optional(),
  values: z.array(SemanticValue).max(1_000).optional(),
});
export type SemanticColumn = z.output<typeof SemanticColumn>;

export const SemanticTable = z.strictObject({
  name: TableRef,
  description: Description.optional(),
  synonyms: Synonyms,
  default_time_column: Line(255).optional(),
  columns: z.array(SemanticColumn).max(2_000).default([]),
});
export type SemanticTable = z.output<typeof SemanticTable>;

const Side = z.union([ColumnRef, z.array(ColumnRef).min(1).max(10)]);
export const SemanticRelationship = z.strictObject({
  name: Line(100).optional().meta({ description: "The part that the row referred to plays" }),
  from: Side.meta({ description: "The referring column, or several that go together" }),
  to: Side,
});
export type SemanticRelationship = z.output<typeof SemanticRelationship>;

export const SemanticMetric = z
  .strictObject({
    name: Line(100),
    synonyms: Synonyms,
    description: Description.optional(),
    table: TableRef,
    expression: Expression.optional().meta({
      description: "An aggregate in SQL over the table's own columns",
    }),
    numerator: Expression.optional(),
    denominator: Expression.optional(),
    unit: Line(40).optional().meta({
      description: "What one of it is: `hours`, `USD`. A question may ask for another unit of time",
    }),
    filters: z.array(Expression).max(20).default([]).meta({
      description: "Rows that count: names of filters, or conditions in SQL",
    }),
  })
  .refine(
    ({ expression, numerator, denominator }) =>
      (expression === undefined) === (numerator !== undefined) &&
      (numerator === undefined) === (denominator === undefined),
    { error: "takes either an expression, or a numerator and a denominator", path: ["expression"] },
  );
export type SemanticMetric = z.output<typeof SemanticMetric>;

export const SemanticFilter = z.strictObject({
  name: Line(100),
  synonyms: Synonyms,
  description: Description.optional(),
  table: TableRef,
  condition: Expression.meta({ description: "A condition in SQL over the table's own columns" }),
});
export type SemanticFilter = z.output<typeof SemanticFilter>;

export const SemanticModel = z.strictObject({
  tables: z.array(SemanticTable).max(2_000).default([]),
  relationships: z.array(SemanticRelationship).max(1_000).default([]),
  metrics: z.array(SemanticMetric).max(300).default([]),
  filters: z.array(SemanticFilter).max(300).default([]),
});
export type SemanticModel = z.output<typeof SemanticModel>;

export const SemanticModelAnswer = z.object({
  source_id: z.string(),
  version: z.int(),
  digest: z.string(),
  created_at: IsoTime,
  created_by: z.string(),
  model: SemanticModel,
});
export const SavedSemanticModel = SemanticModelAnswer.omit({ model: true });

/** A model as another product writes it, in JSON: YAML is read by the command line. */
export const ForeignModel = z.record(z.string(), z.json());
export const ImportQuery = z.strictObject({ format: z.enum(["cortex", "wren"]) });
export const ImportAnswer = SavedSemanticModel.extend({
  model: SemanticModel,
  skipped: z
    .array(z.object({ pointer: z.string(), message: z.string() }))
    .meta({ description: "What has no counterpart here, or does not fit the source" }),
  examples: z.object({
    saved: z.array(z.string()),
    refused: z.array(z.object({ question: z.string(), reason: z.string() })),
  }),
});

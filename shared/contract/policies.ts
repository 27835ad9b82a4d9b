/** Policies: which roles may read which tables, rows and columns of a source. */
import * as z from "zod";
import { IsoTime, Line, Slug } from "./common.ts";
import { RoleName } from "./keys.ts";

/** A name in the source, as the source spells it. */
const SourceName = Line(63);
const Filterable = {
  filterable: z.boolean().default(false).meta({
    description: "The masked value may be used in conditions, joins, groups and orders too",
  }),
};

export const MaskRequest = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("null"), ...Filterable }),
  z.strictObject({
    kind: z.literal("constant"),
    value: z.union([z.string().max(1_024), z.number(), z.boolean()]),
    ...Filterable,
  }),
  z.strictObject({ kind: z.literal("hash"), ...Filterable }),
  z.strictObject({
    kind: z.literal("partial"),
    keep_last: z.int().min(1).max(16),
    ...Filterable,
  }),
]);

const ColumnNames = z.array(SourceName).min(1).max(1_600);

export const PolicyRequest = z
  .strictObject({
    source: Slug,
    roles: z.array(RoleName).min(1).max(64),
    table: z
      .strictObject({ schema: SourceName.default("public"), name: SourceName })
      .meta({ description: "`*` as the name grants every table and view of the schema" }),
    columns: z
      .union([z.strictObject({ allow: ColumnNames }), z.strictObject({ deny: ColumnNames })])
      .optional()
      .meta({
        description:
          "allow: the table has these columns only. deny: all but these, and a statement that asks for whole rows is refused",
      }),
    row_filter: z.string().trim().min(1).max(8_192).optional().meta({
      description:
        "A boolean SQL expression over the table's columns; {principal.team} is an attribute, as text",
    }),
    masks: z.record(SourceName, MaskRequest).default({}),
  })
  .refine(
    (body) =>
      body.table.name !== "*" ||
      (body.columns === undefined &&
        body.row_filter === undefined &&
        Object.keys(body.masks).length === 0),
    {
      error: "a grant of a whole schema has no columns, row_filter or masks",
      path: ["table", "name"],
    },
  );
export type PolicyRequest = z.output<typeof PolicyRequest>;

export const PolicyAnswer = z.object({
  policy_id: z.string(),
  source: z.string(),
  roles: z.array(z.string()),
  table: z.object({ schema: z.string(), name: z.string() }),
  columns: z
    .union([z.object({ allow: z.array(z.string()) }), z.object({ deny: z.array(z.string()) })])
    .nullable(),
  row_filter: z.string().nullable(),
  masks: z.record(z.string(), MaskRequest),
  updated_at: IsoTime,
  updated_by: z.string(),
});
export const PolicyPath = z.strictObject({ id: Slug });
export const PolicyQuery = z.strictObject({ source: Slug.optional() });

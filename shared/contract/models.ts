/** Models, their immutable versions, and the labels that point at them. */
import * as z from "zod";
import { IsoTime, Line, PageQuery, Slug } from "./common.ts";

export const Backend = z.enum(["custom", "openai", "azure", "local"]);

const JsonObject = z.record(z.string(), z.json());

/** The configuration of a model: what a version is made of. The same configuration is the same version. */
export const ModelConfig = z.strictObject({
  model_id: Slug.meta({ description: "The name of the model; yours to choose" }),
  backend: Backend,
  api_base: z
    .string()
    .max(2048)
    .optional()
    .meta({ description: "Where the model answers, http or https" }),
  api_version: Line(64).optional(),
  timeout: z.number().positive().max(600).default(30).meta({ description: "Seconds" }),
  max_tokens: z.int().min(1).max(10_000_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  additional_params: JsonObject.default({}).meta({
    description:
      "Anything else the backend needs; `health_path` is appended to api_base for health checks",
  }),
  input_schema: JsonObject.optional().meta({ description: "JSON Schema of a prediction's input" }),
  output_schema: JsonObject.optional().meta({
    description: "JSON Schema of a prediction's output",
  }),
  data_sources: z.array(Slug).max(100).default([]),
  training_data_source: z
    .looseObject({ type: Line(64), query: z.string().max(262_144).optional() })
    .optional(),
  artifacts: z
    .array(
      z.strictObject({
        name: Slug,
        sha256: z
          .string()
          .regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits")
          .optional(),
        size_bytes: z.int().min(0).optional(),
      }),
    )
    .max(100)
    .default([]),
});
export type ModelConfig = z.output<typeof ModelConfig>;

export const VersionSummary = z.object({
  model_id: z.string(),
  version: z.int(),
  digest: z.string(),
  created_at: IsoTime,
  created_by: z.string(),
});

export const RegisterAnswer = z.object({
  model_id: z.string(),
  version: z.int(),
  digest: z.string(),
  status: z.enum(["registered", "unchanged"]),
});

export const ModelSummary = z.object({
  model_id: z.string(),
  backend: Backend,
  description: z.string().nullable(),
  status: z.enum(["active", "retired"]),
  latest_version: z.int(),
  labels: z.record(z.string(), z.int()),
  created_at: IsoTime,
  updated_at: IsoTime,
});

/** Versions are numbers, and so are their cursors. */
export const VersionPageQuery = PageQuery.extend({
  cursor: z.coerce.number().int().min(1).max(2_147_483_647).optional(),
});

export const VersionDetail = VersionSummary.extend({ config: ModelConfig });
export const ModelDetail = ModelSummary.extend({
  version: z.int(),
  digest: z.string(),
  config: ModelConfig,
});
export const ModelPatch = z.strictObject({ description: Line(500).nullable() });

export const LabelMove = z.strictObject({ version: z.int().min(1), reason: Line(500) });
export const LabelState = z.object({
  label: z.string(),
  version: z.int(),
  moved_at: IsoTime,
  moved_by: z.string(),
  reason: z.string(),
});
export const RollbackRequest = z.strictObject({
  label: Slug,
  reason: Line(500).default("rollback"),
});

export const HistoryEvent = z.object({
  event: z.enum(["version-registered", "label-moved", "model-retired", "model-restored"]),
  at: IsoTime,
  by: z.string(),
  version: z.int().nullable(),
  label: z.string().nullable(),
  previous_version: z.int().nullable(),
  reason: z.string().nullable(),
});

export const ModelStatus = z.object({
  model_id: z.string(),
  version: z.int(),
  status: z.enum(["active", "retired"]),
  health: z.object({
    state: z.enum(["unknown", "healthy", "failing", "unhealthy"]),
    evidence: z.string(),
    latency_ms: z.number().nullable(),
    checked_at: IsoTime.nullable(),
  }),
});

/** `name`, `name@label` or `name@3`. */
export const ModelRef = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(@[A-Za-z0-9][A-Za-z0-9._-]{0,127})?$/,
    "a model id, optionally with @label or @version",
  );
export const ModelPath = z.strictObject({ id: ModelRef });
export const ModelLabelPath = z.strictObject({ id: Slug, label: Slug });
export const ModelVersionPath = z.strictObject({ id: Slug, n: z.coerce.number().int().min(1) });
export const AtQuery = z.strictObject({
  at: IsoTime.optional().meta({ description: "Answer what it was at this time" }),
});

/** API keys: made once, shown once, listed without secrets. */
import * as z from "zod";
import { IsoTime, Line, Slug, Token } from "./common.ts";
import { Permission } from "./permissions.ts";

/** A built-in role or a name of the user's own: the latter stands for no permission and is what policies grant to. */
export const RoleName = Slug;

/** What policies may ask of a principal: `{principal.team}`. Everyone has `id` and `owner`. */
export const AttributeName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, "lower-case letters, digits and '_', starting with a letter")
  .refine((name) => name !== "id" && name !== "owner", "id and owner are given to everyone");
const Attributes = z
  .record(AttributeName, Line(256))
  .refine((all) => Object.keys(all).length <= 32, "at most 32 attributes");

const QueryLimits = z.strictObject({
  max_rows: z.int().min(1).optional(),
  max_bytes: z.int().min(1_024).optional(),
  timeout_ms: z.int().min(1).optional(),
});

const MAX_DAYS = 3_650;

export const KeyRequest = z
  .strictObject({
    owner: Line(128),
    permissions: z.array(Permission).max(64).default([]),
    roles: z.array(RoleName).max(16).default([]).meta({
      description: "Built-in roles, or names of your own for policies to grant to",
    }),
    attributes: Attributes.default({}),
    limits: QueryLimits.optional().meta({
      description: "What each query of the key may take, whatever it asks for",
    }),
    expires_in_days: z.int().min(1).max(MAX_DAYS).optional(),
    sources: z
      .array(Slug)
      .min(1)
      .max(1_000)
      .optional()
      .meta({ description: "The data sources this key may see; all, if left out" }),
  })
  .refine((body) => body.permissions.length + body.roles.length > 0, {
    error: "at least one permission or role: a key without any could do nothing",
    path: ["permissions"],
  });

export const KeyInfo = z.object({
  key_id: z.string(),
  owner: z.string(),
  hint: z.string().meta({ description: "How the key begins and ends, to recognise it by" }),
  permissions: z.array(z.string()),
  roles: z.array(z.string()),
  sources: z.array(z.string()).nullable(),
  attributes: z.record(z.string(), z.string()),
  limits: QueryLimits.optional(),
  created_at: IsoTime,
  expires_at: IsoTime.nullable(),
  is_active: z.boolean(),
  last_used: IsoTime.nullable(),
  usage_count: z.int(),
});
export const KeyCreated = KeyInfo.extend({
  key: z.string().meta({ description: "The secret; shown this once" }),
});
export const KeyPath = z.strictObject({ id: Token });
export const RotateRequest = z.strictObject({
  grace_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(0),
});

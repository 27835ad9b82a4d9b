/** The result cache as the outside sees it: a look-up that never executes, statistics, invalidation. */
import { z } from "zod";
import { Line, Slug } from "./common.ts";

export const LookupAnswer = z.object({
  status: z.enum(["hit", "stale", "miss"]),
  age_seconds: z.number(),
  reason: z.string().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string() })).optional(),
  rows: z.array(z.union([z.record(z.string(), z.json()), z.array(z.json())])).optional(),
});

const Counts = z.object({
  hits: z.int(),
  misses: z.int(),
  bypasses: z.int(),
  stores: z.int(),
  hit_rate: z.number().nullable(),
});
export const CacheStats = z.object({
  total: Counts,
  by_source: z.record(z.string(), Counts),
  misses_by_reason: z.record(z.string(), z.int()),
  this_instance: z.object({
    entries: z.int(),
    bytes: z.int(),
    max_bytes: z.int(),
    evictions: z.int(),
  }),
});

export const InvalidateRequest = z
  .strictObject({
    source: Slug,
    tables: z.array(Line(256)).min(1).max(1_000).optional(),
    all: z.literal(true).optional(),
  })
  .refine((body) => (body.tables === undefined) !== (body.all === undefined), {
    error: "exactly one of tables and all",
    path: [],
  });
export const InvalidateAnswer = z.object({ source: z.string(), invalidated: z.array(z.string()) });

/** The result cache as the outside sees it: a look-up that never executes, statistics, invalidation. */
import * as z from "zod";
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
  stale: z.int().meta({ description: "Served although out of date, since the caller took it" }),
  bypasses: z.int(),
  stores: z.int(),
  refused: z.int().meta({ description: "Results that came too late to be stored" }),
  too_large: z.int(),
  evictions: z.int(),
  lease_waits: z.int().meta({ description: "Requests that waited for another instance" }),
  refreshes: z.int().meta({ description: "Made anew before their time, or behind a stale answer" }),
  bytes_served: z.int(),
  bytes_stored: z.int(),
  hit_rate: z.number().nullable(),
  misses_by_reason: z.record(z.string(), z.int()),
});
export const CacheStats = z.object({
  total: Counts,
  by_source: z.record(z.string(), Counts),
  by_model: z
    .record(z.string(), Counts.extend({ by_source: z.record(z.string(), Counts) }))
    .optional()
    .meta({
      description:
        "Of the queries that name a model; the others are in the total alone. Left out for callers who may not read models",
    }),
  misses_by_reason: z.record(z.string(), z.int()),
  shared: z
    .object({
      store: z.enum(["redis", "upstash", "memory"]),
      state: z.enum(["closed", "probing", "open"]).meta({
        description: "Of this instance's circuit: closed is in use, open is away",
      }),
      passed_over: z.int().meta({ description: "Calls that went on without it, all instances" }),
    })
    .nullable(),
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

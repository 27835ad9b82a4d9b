/** The result cache: look-up without execution, statistics, invalidation. */

import { readCacheStats } from "../shared/cache/read-stats.ts";
import {
  CacheStats,
  InvalidateAnswer,
  InvalidateRequest,
  LookupAnswer,
} from "../shared/contract/cache.ts";
import { QueryRequest } from "../shared/contract/query.ts";
import { parseCacheControl } from "../shared/query/cache-control.ts";
import { lookupCache } from "../shared/query/lookup-cache.ts";
import { aroundRows } from "../shared/query/rendered-result.ts";
import { defineHttp } from "./define.ts";

const tag = "Cache";

export const cacheLookup = defineHttp({
  name: "cache-lookup",
  method: "POST",
  route: "cache/lookup",
  tag,
  access: { permission: "query:run" },
  idempotency: "none",
  summary: "Is the answer in the cache? Never executes",
  input: { body: QueryRequest },
  output: LookupAnswer,
  handle: async (deps, { body, header }, ctx) => {
    const control = parseCacheControl(header("cache-control"));
    const found = await lookupCache(deps, body, control, ctx);
    if (found.status === "miss")
      return { body: { status: "miss", age_seconds: 0, reason: found.reason } };
    const age = Math.round(found.ageSeconds * 10) / 10;
    const { columnsJson } = found.result;
    const before = `{"status":"${found.status}","age_seconds":${age},"columns":${columnsJson},"rows":`;
    return { body: aroundRows(before, found.result, body.format, "}") };
  },
});

export const cacheStats = defineHttp({
  name: "cache-stats",
  method: "GET",
  route: "cache/stats",
  tag,
  access: { permission: "cache:read" },
  idempotency: "none",
  summary: "Hits, misses and why, over all instances for the last 30 days",
  input: {},
  output: CacheStats,
  handle: async (deps, _input, ctx) => ({ body: await readCacheStats(deps, ctx) }),
});

export const cacheInvalidate = defineHttp({
  name: "cache-invalidate",
  method: "POST",
  route: "cache/invalidate",
  tag,
  access: { permission: "cache:write" },
  idempotency: "none",
  summary: "Make every cached result over these tables stale, on every instance",
  input: { body: InvalidateRequest },
  output: InvalidateAnswer,
  handle: async (deps, { body }, ctx) => {
    const { record } = await deps.sources.resolve(body.source, ctx.principal);
    await deps.cache.invalidate(record.sourceId, body.tables ?? "all");
    return { body: { source: record.sourceId, invalidated: body.tables ?? ["*"] } };
  },
});

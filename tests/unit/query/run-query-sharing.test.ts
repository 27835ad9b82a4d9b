/** Callers share a running statement, but nobody who comes after an invalidation is given what began before it. */
// covers: CACHE-05, CACHE-09

import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../../shared/adapters/chrono/date-reader.ts";
import { createLibpgParser } from "../../../shared/adapters/libpg-query/libpg-parser.ts";
import { createMemoryResultStore } from "../../../shared/adapters/memory/result-store.ts";
import { createEpochStore } from "../../../shared/adapters/metadata/cache-stores.ts";
import { createAskEngine } from "../../../shared/ask/engine.ts";
import { createQuestionReader } from "../../../shared/ask/read-question.ts";
import { createStopwatch } from "../../../shared/cache/elapsed.ts";
import type { Led } from "../../../shared/cache/ports.ts";
import { createQueryCache } from "../../../shared/cache/query-cache.ts";
import { QueryRequest } from "../../../shared/contract/query.ts";
import { AppError } from "../../../shared/kernel/app-error.ts";
import { systemClock } from "../../../shared/kernel/clock.ts";
import type { QueryLimits } from "../../../shared/kernel/context.ts";
import { createSingleFlight } from "../../../shared/kernel/single-flight.ts";
import { cacheDefault } from "../../../shared/query/cache-control.ts";
import { type QueryDeps, runQuery } from "../../../shared/query/run-query.ts";
import type { OpenSource, ResultStream } from "../../../shared/sources/ports.ts";
import { createSqlGuard } from "../../../shared/sql/sql-guard.ts";
import { testContext } from "../../support/call-context.ts";
import { openEmbeddedMetadata } from "../../support/databases.ts";
import { noModels } from "../../support/no-models.ts";
import { openPolicies } from "../../support/policy-bench.ts";
import { streamOf } from "../../support/result-stream.ts";

const stopwatch = createStopwatch(systemClock);
const schema = {
  version: "1",
  tables: [
    {
      schema: "public",
      name: "jobs",
      kind: "table" as const,
      columns: [{ name: "n", type: "integer", nullable: false }],
      primaryKey: [],
      foreignKeys: [],
    },
  ],
};

/** A source whose statements end when the test says so; everything else is the real thing. */
async function bench() {
  const database = await openEmbeddedMetadata();
  const running: PromiseWithResolvers<ResultStream>[] = [];
  const asked: (() => void)[] = [];
  const source: OpenSource = {
    record: { sourceId: "s", type: "postgres", config: {}, builtin: false, createdAt: "2026" },
    adapter: {
      execute: () => {
        const one = Promise.withResolvers<ResultStream>();
        running.push(one);
        return one.promise;
      },
      dialect: "postgres",
      explain: async () => null,
      changeTokens: async (tables) => tables.map(() => "1"),
      privileges: async () => [],
      introspect: async () => schema,
      check: async () => ({ ok: true, latencyMs: 0, evidence: "" }),
      close: async () => undefined,
    },
  };
  const guard = createSqlGuard(await createLibpgParser());
  const deps: QueryDeps = {
    sources: { resolve: async () => source, schema: async () => schema },
    policies: (await openPolicies()).engine,
    examples: { forSource: async () => [] },
    feedback: { rejections: async () => [] },
    questions: createQuestionReader(loadDateReader),
    modelNames: noModels,
    cache: createQueryCache({
      results: createMemoryResultStore({
        maxBytes: 1_000_000,
        stopwatch,
        onEvicted: () => undefined,
      }),
      shared: null,
      epochs: createEpochStore(database.db),
      counters: { count: () => asked.shift()?.() },
      stopwatch,
      termsOf: () => ({ ttlSeconds: 60, freshnessMs: 1_000, maxEntryBytes: 100_000 }),
      random: Math.random,
    }),
    flights: createSingleFlight<Led>(),
    queryLog: { append: () => undefined },
    maxBytes: 1_000_000,
    guards: { of: () => guard },
    ask: createAskEngine(loadDateReader),
  };
  /** Asks, and comes back once the cache was looked into and the statement was started or joined. */
  const ask = async (limits: QueryLimits = {}) => {
    const { ctx } = testContext();
    const asking = { ...ctx, principal: { ...ctx.principal, limits } };
    const looked = new Promise<void>((resolve) => asked.push(resolve));
    const request = QueryRequest.parse({ sql: "select n from jobs", format: "arrays" });
    const answer = runQuery(deps, request, cacheDefault, asking).then((outcome) =>
      outcome.kind === "answer" ? JSON.parse(outcome.result.rowsJson("arrays"))[0][0] : outcome,
    );
    await looked;
    await new Promise((resolve) => setImmediate(resolve));
    return { answer };
  };
  const rows = (n: number): ResultStream =>
    streamOf({ columns: [{ name: "n", type: "integer" }], rows: [[n]], truncated: false });
  return { deps, running, ask, rows, close: database.close };
}

describe("two callers with one query", () => {
  it("share one statement while nothing is invalidated", async () => {
    const { running, ask, rows, close } = await bench();
    const [one, two] = [await ask(), await ask()];
    expect(running).toHaveLength(1);
    running[0]?.resolve(rows(1));
    expect(await Promise.all([one.answer, two.answer])).toEqual([1, 1]);
    await close();
  });

  it("do not share it where one's own limit ends it sooner than the other's", async () => {
    const { running, ask, rows, close } = await bench();
    const hasty = await ask({ timeout_ms: 100 });
    const patient = await ask();
    expect(running).toHaveLength(2);
    running[0]?.reject(new AppError("query_timeout", "It took longer than 100 ms."));
    running[1]?.resolve(rows(1));
    await expect(hasty.answer).rejects.toMatchObject({ code: "query_timeout" });
    expect(await patient.answer).toBe(1);
    await close();
  });

  it("do not share the refusal of who has too many waiting", async () => {
    const { running, ask, rows, close } = await bench();
    const [crowding, other] = [await ask(), await ask()];
    crowding.answer.catch(() => undefined);
    running[0]?.reject(new AppError("rate_limited", "You have too many statements waiting."));
    await expect(crowding.answer).rejects.toMatchObject({ code: "rate_limited" });
    while (running.length < 2) await new Promise((resolve) => setImmediate(resolve));
    running[1]?.resolve(rows(1));
    expect(await other.answer).toBe(1);
    await close();
  });

  it("do not share it across an invalidation, and the older result is not kept", async () => {
    const { deps, running, ask, rows, close } = await bench();
    const before = await ask();
    await deps.cache.invalidate("s", ["jobs"]);
    const after = await ask();
    expect(running).toHaveLength(2);
    running[1]?.resolve(rows(2));
    expect(await after.answer).toBe(2);
    running[0]?.resolve(rows(1));
    expect(await before.answer).toBe(1);
    const later = await ask();
    running[2]?.resolve(rows(3));
    expect([2, 3]).toContain(await later.answer);
    await close();
  });
});

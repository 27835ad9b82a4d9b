/** One instance's cache over a shared store, with the clocks and limits of the real thing and a source that counts. */
import { setTimeout as delay } from "node:timers/promises";
import { createMemoryResultStore } from "../../shared/adapters/memory/result-store.ts";
import { createCircuit } from "../../shared/cache/circuit.ts";
import { createStopwatch, type Stopwatch } from "../../shared/cache/elapsed.ts";
import type {
  CacheCounters,
  CacheEvent,
  EpochStore,
  Led,
  SharedCache,
  SourceCacheTerms,
} from "../../shared/cache/ports.ts";
import { createQueryCache } from "../../shared/cache/query-cache.ts";
import { QueryRequest } from "../../shared/contract/query.ts";
import { systemClock } from "../../shared/kernel/clock.ts";
import { createSingleFlight } from "../../shared/kernel/single-flight.ts";
import { answerStatement } from "../../shared/query/answer-statement.ts";
import { type CacheControl, cacheDefault } from "../../shared/query/cache-control.ts";
import type { JsonValue, ResultStream } from "../../shared/sources/ports.ts";
import { testContext } from "./call-context.ts";
import { streamOf } from "./result-stream.ts";

export function memoryEpochs(): EpochStore {
  const epochs = new Map<string, Map<string, number>>();
  return {
    read: async (sourceId) => new Map(epochs.get(sourceId)),
    bump: async (sourceId, scopes) => {
      const source = epochs.get(sourceId) ?? new Map<string, number>();
      for (const scope of scopes) source.set(scope, (source.get(scope) ?? 0) + 1);
      epochs.set(sourceId, source);
      return new Map(scopes.map((scope) => [scope, source.get(scope) ?? 0]));
    },
  };
}

export interface InstanceOptions {
  /** How long Redis may take; the platform's own 50 ms where it is left out. */
  readonly patienceMs?: number;
  readonly shared: SharedCache | null;
  readonly epochs: EpochStore;
  readonly execute: (sql: string) => Promise<ResultStream>;
  readonly token?: () => string | null;
  readonly terms?: Partial<SourceCacheTerms>;
  readonly maxBytes?: number;
  readonly sourceId?: string;
  /** Its time; the real one where it is left out. */
  readonly stopwatch?: Stopwatch;
  /** Where it is counted beside `counts`. */
  readonly counters?: Pick<CacheCounters, "count">;
}

export function startCacheInstance(options: InstanceOptions) {
  const { shared } = options;
  const counts = new Map<CacheEvent, number>();
  const count: CacheCounters["count"] = (source, event, by = 1, model = null) => {
    counts.set(event, (counts.get(event) ?? 0) + by);
    options.counters?.count(source, event, by, model);
  };
  const stopwatch = options.stopwatch ?? createStopwatch(systemClock);
  const { ctx, lines } = testContext();
  const circuit =
    shared &&
    createCircuit({
      patienceMs: options.patienceMs ?? 50,
      probeEveryMs: 100,
      probe: () => shared.ping(),
      stopwatch,
      log: ctx.log,
      onPassedOver: () => count("", "shared_away"),
    });
  const cache = createQueryCache({
    results: createMemoryResultStore({
      maxBytes: options.maxBytes ?? 1_000_000,
      stopwatch,
      onEvicted: () => undefined,
    }),
    shared: shared &&
      circuit && {
        cache: shared,
        circuit,
        maxEntryBytes: 1_000_000,
        leases: ({ sourceId }) => ({
          results: shared.results,
          circuit,
          stopwatch,
          leaseMs: 1_000,
          pause: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }),
          every: (ms: number, work: () => void) => {
            const timer = setInterval(work, ms);
            return () => clearInterval(timer);
          },
          onWait: () => count(sourceId, "lease_wait"),
        }),
      },
    epochs: options.epochs,
    counters: { count },
    stopwatch,
    termsOf: () => ({
      ttlSeconds: 300,
      freshnessMs: 1_000,
      maxEntryBytes: 500_000,
      ...options.terms,
    }),
    random: () => 0,
  });
  const deps = { cache, flights: createSingleFlight<Led>(), maxBytes: 1_000_000 };
  const statements = new Map<string, ReturnType<typeof prepare>>();
  const prepared = (sql: string) => {
    const known = statements.get(sql) ?? prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const ask = (
    sql: string,
    control: Partial<CacheControl> = {},
    {
      signal = ctx.signal,
      model: modelId = null,
    }: { signal?: AbortSignal; model?: string | null } = {},
  ) => {
    const { plan, request } = prepared(sql);
    const adapter = {
      dialect: "postgres",
      changeTokens: async (tables: readonly unknown[]) =>
        tables.map(() => options.token?.() ?? (options.token ? null : "1")),
      execute: () => options.execute(sql),
    };
    const record = { sourceId: options.sourceId ?? "s", createdAt: "2026", config: {} };
    const source = { record, adapter } as never;
    const identify = () =>
      cache.identify({
        source,
        canonicalSql: sql,
        params: [],
        tables: plan.allowed.tables,
        policyFingerprint: "all",
        guardVersion: "1",
        maxRows: 10,
        maxBytes: 1_000_000,
        schema: SCHEMA,
        modelId,
      });
    const work = { source, plan, modelId, identify };
    return answerStatement(
      deps,
      work,
      request,
      { ...cacheDefault, ...control },
      { ...ctx, signal },
    );
  };
  return { ask, cache, counts, circuit, lines };
}

const TABLE = {
  schema: "public",
  name: "jobs",
  kind: "table" as const,
  columns: [],
  primaryKey: [],
  foreignKeys: [],
};

const SCHEMA = { tables: [TABLE], version: "1" };

/** Reading a request and its statement is not the cache's work, and done before it. */
function prepare(sql: string) {
  return { plan: planOf(sql), request: QueryRequest.parse({ sql, format: "arrays" }) };
}

function planOf(sql: string) {
  return {
    kind: "statement" as const,
    sql,
    params: [],
    provenance: "given" as const,
    confidence: 1,
    restatement: null,
    warnings: [],
    semanticModelVersion: null,
    guardVersion: "1",
    run: { sql, params: [] },
    volatile: false,
    narrowed: false,
    policyFingerprint: "all",
    veil: (error: unknown) => error,
    allowed: {
      verdict: "allow" as const,
      canonicalSql: sql,
      tables: [{ schema: null, name: "jobs" }],
      functions: [],
      parameterCount: 0,
      volatile: false,
      kind: "select" as const,
    },
  };
}

export const oneRow = (value: JsonValue): ResultStream =>
  streamOf({ columns: [{ name: "v", type: "text" }], rows: [[value]], truncated: false });

export const cellOf = (answered: { result: { rowsJson(format: "arrays"): string } }): JsonValue =>
  JSON.parse(answered.result.rowsJson("arrays"))[0][0];

/** The query path over a real embedded database, with an engine that has made up its mind about what it asks back. */
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createMemoryResultStore } from "../../shared/adapters/memory/result-store.ts";
import { createPgliteSource } from "../../shared/adapters/pglite/pglite-source.ts";
import type { AskCandidate, AskOutcome } from "../../shared/ask/ports.ts";
import { createQuestionReader } from "../../shared/ask/read-question.ts";
import { createStopwatch } from "../../shared/cache/elapsed.ts";
import type { Led } from "../../shared/cache/ports.ts";
import { createQueryCache } from "../../shared/cache/query-cache.ts";
import { QueryRequest } from "../../shared/contract/query.ts";
import { systemClock } from "../../shared/kernel/clock.ts";
import type { Principal } from "../../shared/kernel/context.ts";
import { createSingleFlight } from "../../shared/kernel/single-flight.ts";
import type { Policy } from "../../shared/policy/ports.ts";
import { type CacheControl, cacheDefault } from "../../shared/query/cache-control.ts";
import { explainQuery } from "../../shared/query/explain-query.ts";
import type { QueryRecord } from "../../shared/query/ports.ts";
import { renderOutcome } from "../../shared/query/render-answer.ts";
import { type QueryDeps, runQuery } from "../../shared/query/run-query.ts";
import type { JsonValue, OpenSource, SourceAdapter } from "../../shared/sources/ports.ts";
import { shareSource } from "../../shared/sources/shared-source.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { memoryEpochs } from "./cache-instance.ts";
import { testContext } from "./call-context.ts";
import { makeDataDir } from "./databases.ts";
import { noModels } from "./no-models.ts";
import { openPolicies } from "./policy-bench.ts";
import { quiet } from "./source-fixture.ts";

const stopwatch = createStopwatch(systemClock);

export interface Readings {
  readonly options: readonly AskCandidate[];
  readonly confidence?: number;
}

export interface CallPart {
  readonly request?: object;
  readonly control?: Partial<CacheControl>;
  readonly principal?: Principal;
  readonly signal?: AbortSignal;
  /** Of the source's `config`. */
  readonly answers?: Readonly<Record<string, JsonValue>>;
  readonly billed?: true;
}

export async function openCompareBench(script: string, policies: readonly Policy[] = []) {
  const folder = await makeDataDir(["source"]);
  let loaded = false;
  const database = createPgliteSource({
    sourceId: "s",
    dataDir: `${folder.path}/source`,
    schemas: ["public"],
    prepare: async (one) => {
      if (loaded) return;
      loaded = true;
      await one.run({ sql: script, params: [], mode: "script" });
    },
  });
  const seen = watch(database);
  const shared = shareSource(seen.adapter, { sourceId: "s", concurrency: 2, clock: systemClock });
  const schema = await database.introspect(quiet());
  const log: QueryRecord[] = [];
  const guard = createSqlGuard(await createLibpgParser());
  let said: AskOutcome;
  const depsFor = (source: OpenSource, { engine }: Awaited<ReturnType<typeof openPolicies>>) =>
    ({
      sources: { resolve: async () => source, schema: async () => schema },
      policies: engine,
      examples: { forSource: async () => [] },
      feedback: { rejections: async () => [] },
      questions: createQuestionReader(loadDateReader),
      modelNames: noModels,
      cache,
      flights,
      queryLog: { append: (record) => void log.push(record) },
      maxBytes: 1_000_000,
      guards: { of: () => guard },
      ask: { version: "said", ask: async () => said },
    }) satisfies QueryDeps;
  const cache = openCache();
  const flights = createSingleFlight<Led>();
  const opened = await openPolicies(policies);
  const place = ({ principal, signal, answers, billed }: CallPart) => {
    const { ctx, lines } = testContext(signal);
    const who = { ...ctx, ...(principal !== undefined && { principal }) };
    const adapter = { ...shared.forCaller(who.principal.id), ...(billed && { billed }) };
    const config = answers === undefined ? {} : { answers };
    const record = { sourceId: "s", type: "embedded", config, builtin: true, createdAt: "2026" };
    return { deps: depsFor({ record, adapter }, opened), ctx: who, lines };
  };
  const run = async (request: QueryRequest, part: CallPart) => {
    const { deps, ctx } = place(part);
    const control = { ...cacheDefault, ...part.control };
    const outcome = await runQuery(deps, request, control, ctx);
    return JSON.parse(String(renderOutcome(outcome, request)));
  };
  const speak = ({ options, confidence = options[0]?.confidence ?? 0.5 }: Readings) => {
    said = { kind: "clarify", reason: "two readings", options, confidence };
  };
  return {
    ran: seen.ran,
    /** Statements that were begun and have not ended. */
    running: seen.running,
    onStart: seen.onStart,
    log,
    ask: (readings: Readings, part: CallPart = {}) => {
      speak(readings);
      return run(QueryRequest.parse({ question: "what?", ...part.request }), part);
    },
    run: (sql: string, params: readonly JsonValue[], part: CallPart = {}) =>
      run(QueryRequest.parse({ sql, params, ...part.request }), part),
    explain: (readings: Readings) => {
      speak(readings);
      const { deps, ctx } = place({});
      return explainQuery(deps, QueryRequest.parse({ question: "what?" }), ctx);
    },
    close: async () => {
      await shared.close();
      await folder.remove();
    },
  };
}

/** The same adapter, with what it ran. */
function watch(inner: SourceAdapter) {
  const ran: string[] = [];
  const running = new Set<object>();
  let started: (sql: string) => void = () => undefined;
  const adapter: SourceAdapter = {
    ...inner,
    execute: async (statement, budget, signal) => {
      ran.push(statement.sql);
      running.add(statement);
      const end = () => running.delete(statement);
      try {
        const work = inner.execute(statement, budget, signal);
        started(statement.sql);
        const stream = await work;
        return {
          ...stream,
          read: async () => {
            const rows = await stream.read();
            if (rows === null) end();
            return rows;
          },
          close: async () => {
            await stream.close();
            end();
          },
        };
      } catch (error) {
        end();
        throw error;
      }
    },
  };
  return {
    adapter,
    ran,
    running,
    onStart: (hook: (sql: string) => void) => {
      started = hook;
    },
  };
}

const openCache = () =>
  createQueryCache({
    results: createMemoryResultStore({
      maxBytes: 10_000_000,
      stopwatch,
      onEvicted: () => undefined,
    }),
    shared: null,
    epochs: memoryEpochs(),
    counters: { count: () => undefined },
    stopwatch,
    termsOf: () => ({ ttlSeconds: 300, freshnessMs: 60_000, maxEntryBytes: 1_000_000 }),
    random: () => 0.5,
  });

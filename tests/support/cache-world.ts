/**
 * Several instances of the query path's cache over one shared store and one source, in a time of their own. Each thing
 * that goes over a network waits at a gate before and after, so that a test decides the order of everything.
 */
import { createMemoryResultStore } from "../../shared/adapters/memory/result-store.ts";
import { createCircuit } from "../../shared/cache/circuit.ts";
import { createStopwatch } from "../../shared/cache/elapsed.ts";
import type {
  CacheEvent,
  EpochStore,
  Led,
  QueryCache,
  SharedCache,
  SourceCacheTerms,
} from "../../shared/cache/ports.ts";
import { createQueryCache } from "../../shared/cache/query-cache.ts";
import { QueryRequest } from "../../shared/contract/query.ts";
import type { Clock } from "../../shared/kernel/clock.ts";
import { createSingleFlight } from "../../shared/kernel/single-flight.ts";
import { answerStatement } from "../../shared/query/answer-statement.ts";
import { type CacheControl, cacheDefault } from "../../shared/query/cache-control.ts";
import type { SourceAdapter, SourceSchema } from "../../shared/sources/ports.ts";
import { testContext } from "./call-context.ts";
import { createGates } from "./gates.ts";
import { streamOf } from "./result-stream.ts";

export const TABLES = ["a", "b"] as const;
/** What each query reads: by name, and in truth. */
export const QUERIES = [
  { names: ["a"], reads: [0] },
  { names: ["b"], reads: [1] },
  { names: ["a", "b"], reads: [0, 1] },
  { names: ["v"], reads: [0, 1] },
] as const;

const tableInfo = (name: string, kind: "table" | "view") => ({
  schema: "public",
  name,
  kind,
  columns: [],
  primaryKey: [],
  foreignKeys: [],
});
const schema: SourceSchema = {
  version: "1",
  tables: [tableInfo("a", "table"), tableInfo("b", "table"), tableInfo("v", "view")],
};

/** A table's rows: `told` moves with its change tokens, `untold` only an invalidation speaks of. */
export interface TableState {
  readonly told: number;
  readonly untold: number;
}

export interface Row {
  readonly principal: number;
  /** In the order of what the query reads. */
  readonly states: readonly TableState[];
}

export interface WorldOptions {
  /** The store that all instances share, the real thing, as one of them has it open. */
  readonly openStore: (wall: Clock, serverNow: () => number) => SharedCache;
  /** False where nothing may be long on its way to the store: with a wall clock that is not to be trusted as well. */
  readonly slowWrites: boolean;
  readonly sourceId: string;
  readonly terms: SourceCacheTerms;
  readonly random: () => number;
}

export const LEASE_MS = 3_000;
const START = Date.parse("2026-03-01T12:00:00Z");

export type World = ReturnType<typeof createWorld>;

export function createWorld(options: WorldOptions) {
  const time = { now: START, serverOffset: 0, mode: "up" as "up" | "down" | "lossy" };
  const gates = createGates(() => time.now);
  const io = { running: 0 };
  const states: TableState[] = TABLES.map(() => ({ told: 0, untold: 0 }));
  const counts = new Map<CacheEvent, number>();
  const epochs = new Map<string, number>();
  let executions = 0;

  /** One thing over the network: sent when its first gate opens, answered when its second does. */
  const remote = async <T>(
    owner: number,
    label: string,
    work: () => Promise<T>,
    direct = false,
  ): Promise<T> => {
    if (!direct) await gates.pass(owner, `${label} is sent`);
    io.running++;
    let answer: T;
    try {
      answer = await work();
    } finally {
      io.running--;
    }
    await gates.pass(owner, `${label} is answered`);
    return answer;
  };
  const adapterOf = (owner: number, principal: number, query: number) =>
    ({
      dialect: "postgres",
      changeTokens: (tables) =>
        remote(owner, "tokens", async () =>
          tables.map(({ name }) =>
            name === "v"
              ? states.map((one) => one.told).join()
              : String(states[TABLES.indexOf(name as "a")]?.told),
          ),
        ),
      execute: () =>
        remote(owner, "execute", async () => {
          executions++;
          const row: Row = {
            principal,
            states: (QUERIES[query]?.reads ?? []).map((table) => states[table] as TableState),
          };
          const rows = [[JSON.stringify(row)]];
          return streamOf({ columns: [{ name: "r", type: "text" }], rows, truncated: false });
        }),
    }) satisfies Partial<SourceAdapter> as unknown as SourceAdapter;

  const startInstance = (owner: number) => {
    const clocks = { wallOffset: 0, steadyOffset: 0 };
    const wallClock = { now: () => time.now + clocks.wallOffset };
    const stopwatch = createStopwatch(wallClock, () => time.now + clocks.steadyOffset);
    const count = (_source: string, event: CacheEvent, by = 1) =>
      void counts.set(event, (counts.get(event) ?? 0) + by);
    const throughGates = async <T>(
      label: string,
      work: () => Promise<T>,
      direct = false,
    ): Promise<T> => {
      const send = async () => {
        if (time.mode === "down") throw new Error("the store is away");
        return work();
      };
      const answer = await remote(owner, label, send, direct);
      if (time.mode === "lossy") throw new Error("the answer was lost");
      return answer;
    };
    const store = options.openStore(wallClock, () => time.now + time.serverOffset);
    const cache = gateStore(store, throughGates, options.slowWrites);
    const circuit = createCircuit({
      // In this test time stands still while things wait.
      patienceMs: 100_000,
      probeEveryMs: 500,
      probe: () => cache.ping(),
      stopwatch,
      log: testContext().ctx.log,
      onPassedOver: () => count("", "shared_away"),
    });
    const shared = {
      cache,
      circuit,
      maxEntryBytes: 100_000,
      leases: ({ sourceId }: { sourceId: string }) => ({
        results: cache.results,
        circuit,
        stopwatch,
        leaseMs: LEASE_MS,
        pause: (ms: number) => gates.pass(owner, "pause", time.now + ms),
        every: (ms: number, work: () => void) => {
          let ended = false;
          const beat = async () => {
            await gates.pass(owner, "beat", time.now + ms);
            if (ended) return;
            work();
            void beat();
          };
          void beat();
          return () => {
            ended = true;
          };
        },
        onWait: () => count(sourceId, "lease_wait"),
      }),
    };
    const epochStore: EpochStore = {
      read: () => remote(owner, "epochs", async () => new Map(epochs)),
      bump: (_source, scopes) =>
        remote(owner, "bump", async () => {
          for (const scope of scopes) epochs.set(scope, (epochs.get(scope) ?? 0) + 1);
          return new Map(scopes.map((scope) => [scope, epochs.get(scope) ?? 0]));
        }),
    };
    const queryCache: QueryCache = createQueryCache({
      results: createMemoryResultStore({ maxBytes: 4_000, stopwatch, onEvicted: () => undefined }),
      shared,
      epochs: epochStore,
      counters: { count },
      stopwatch,
      termsOf: () => options.terms,
      random: options.random,
    });
    const deps = { cache: queryCache, flights: createSingleFlight<Led>(), maxBytes: 1_000_000 };
    const read = (query: number, principal: number, control: Partial<CacheControl>) => {
      const adapter = adapterOf(owner, principal, query);
      const record = { sourceId: options.sourceId, createdAt: "2026", config: {} };
      const plan = planOf(query);
      const source = { record, adapter } as never;
      const identify = () =>
        queryCache.identify({
          source,
          canonicalSql: plan.sql,
          params: [],
          tables: plan.allowed.tables,
          policyFingerprint: `policy ${principal}`,
          guardVersion: "1",
          maxRows: 10,
          maxBytes: 1_000_000,
          schema,
        });
      return answerStatement(
        deps,
        { source, plan, modelId: null, identify },
        QueryRequest.parse({ sql: plan.sql, format: "arrays" }),
        { ...cacheDefault, ...control },
        testContext(undefined, time.now).ctx,
      );
    };
    return { owner, clocks, stopwatch, cache: queryCache, read };
  };

  return {
    sourceId: options.sourceId,
    terms: options.terms,
    time,
    gates,
    io,
    states,
    counts,
    startInstance,
    executions: () => executions,
  };
}

function planOf(query: number) {
  const { names } = QUERIES[query] as (typeof QUERIES)[number];
  return {
    kind: "statement" as const,
    sql: `select r from ${names.join()}`,
    params: [],
    provenance: "given" as const,
    confidence: 1,
    restatement: null,
    warnings: [],
    semanticModelVersion: null,
    guardVersion: "1",
    run: { sql: `select r from ${names.join()}`, params: [] },
    volatile: false,
    narrowed: false,
    policyFingerprint: "all",
    veil: (error: unknown) => error,
    allowed: {
      verdict: "allow" as const,
      canonicalSql: "",
      tables: names.map((name) => ({ schema: null, name })),
      functions: [],
      parameterCount: 0,
      volatile: false,
      kind: "select" as const,
    },
  };
}

function gateStore(
  store: SharedCache,
  through: <T>(label: string, work: () => Promise<T>, direct?: boolean) => Promise<T>,
  slowWrites: boolean,
): SharedCache {
  const { results, readings } = store;
  return {
    name: store.name,
    results: {
      get: (...call) => through("get", () => results.get(...call)),
      claim: (...call) => through("claim", () => results.claim(...call)),
      put: (...call) => through("put", () => results.put(...call), !slowWrites),
      release: (...call) => through("release", () => results.release(...call)),
      raise: (...call) => through("raise", () => results.raise(...call)),
    },
    readings: {
      read: (...call) => through("read", () => readings.read(...call)),
      write: (...call) => through("write", () => readings.write(...call), !slowWrites),
    },
    ping: () => through("ping", () => store.ping()),
    close: () => store.close(),
  };
}

/** Until nothing moves but what waits at a gate. */
export async function settle(io: { readonly running: number }): Promise<void> {
  do {
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  } while (io.running > 0);
}

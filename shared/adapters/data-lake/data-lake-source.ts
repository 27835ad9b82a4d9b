/** Files of a data lake as a source: SQL by DuckDB over local copies, shut in with the files that a statement names. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../kernel/app-error.ts";
import type { DataLakeConfig } from "../../lake/lake-config.ts";
import type { LakeStore } from "../../lake/ports.ts";
import type {
  BoundStatement,
  ExecutionBudget,
  JsonValue,
  ResultStream,
  SourceAdapter,
  SourceCheck,
} from "../../sources/ports.ts";
import { splitExplain } from "../../sql/duckdb/explain-prefix.ts";
import type { DuckdbAst, DuckdbParser } from "../../sql/duckdb/ports.ts";
import { folded } from "../../sql/duckdb/walk-ast.ts";
import { loadDuckdb } from "./engine.ts";
import { createFileCache } from "./file-cache.ts";
import { introspectLake } from "./introspect.ts";
import { callerGone, openLakeStream, overdue } from "./lake-stream.ts";
import { createLakeTables, type LakeTables, tokenOf } from "./lake-tables.ts";
import { createMounts, type Mounts } from "./mounts.ts";
import { createTreeReader, type ReadTree } from "./read-tree.ts";
import { createSlots, type Slots } from "./slots.ts";
import { mountsFor } from "./statement-tables.ts";

export interface DataLakeSourceOptions {
  readonly sourceId: string;
  readonly config: DataLakeConfig;
  readonly store: LakeStore;
  readonly parser: DuckdbParser;
  /** Where files are kept; shared by the processes of this machine. */
  readonly cacheFolder?: string;
}

interface Lake {
  readonly sourceId: string;
  readonly config: DataLakeConfig;
  readonly readTree: ReadTree;
  readonly tables: LakeTables;
  readonly mounts: Mounts;
  readonly slots: Slots;
}

const MEGABYTE = 1_048_576;

export function createDataLakeSource(options: DataLakeSourceOptions): SourceAdapter {
  const { sourceId, config, store, parser } = options;
  const cache = createFileCache({
    folder: options.cacheFolder ?? join(tmpdir(), `mcp-lake-${process.getuid?.() ?? 0}`),
    maxBytes: config.cache_mb * MEGABYTE,
    store,
  });
  const limits = { memoryMb: config.memory_mb, threads: config.threads };
  const lake: Lake = {
    sourceId,
    config,
    readTree: createTreeReader(parser),
    tables: createLakeTables(store, config.tables),
    mounts: createMounts(cache, limits),
    slots: createSlots(sourceId, config.max_connections),
  };
  return {
    dialect: "duckdb",
    execute: (statement, budget, signal) => execute(lake, statement, budget, signal),
    explain: (statement, budget, signal) => explain(lake, statement, budget, signal),
    introspect: (signal) => introspectLake(lake.tables, lake.mounts, signal),
    async changeTokens(asked, signal) {
      const tables = await lake.tables.all(signal);
      return Promise.all(
        asked.map(async ({ schema, name }) => {
          const table = tables.find((one) => schema === "main" && one.name === folded(name));
          return table ? tokenOf(await lake.tables.filesOf(table, signal)) : null;
        }),
      );
    },
    privileges: (signal) => store.privileges(signal),
    check: (signal) => check(lake, store, signal),
    close: () => lake.mounts.close(),
  };
}

async function execute(
  lake: Lake,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultStream> {
  if (signal.aborted) throw callerGone();
  const { explain: isPlan, query } = splitExplain(statement.sql);
  const tree = await lake.readTree(query);
  const sql = isPlan ? `EXPLAIN ${query}` : query;
  return openBounded(lake, tree, { ...statement, sql }, budget, signal);
}

/** Waiting for a turn, fetching files and running share one time limit. */
async function openBounded(
  lake: Lake,
  tree: DuckdbAst,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<ResultStream> {
  const started = performance.now();
  const timer = AbortSignal.timeout(Math.ceil(budget.timeoutMs));
  const opening = AbortSignal.any([signal, timer]);
  const giveBack: (() => void)[] = [];
  const release = () => {
    for (const give of giveBack.splice(0)) give();
  };
  try {
    giveBack.push(await lake.slots.take(opening));
    const wanted = await mountsFor(lake.tables, tree, statement.params, opening);
    const mount = await lake.mounts.open(wanted, opening);
    giveBack.push(mount.release);
    const connection = await mount.connect();
    const place = { ...mount, memoryMb: lake.config.memory_mb };
    const lease = { connection, place, sourceId: lake.sourceId, release };
    const timeoutMs = budget.timeoutMs - (performance.now() - started);
    return await openLakeStream(lease, statement, { ...budget, timeoutMs }, signal);
  } catch (error) {
    release();
    if (signal.aborted) throw callerGone(error);
    if (error instanceof AppError) throw error;
    throw timer.aborted ? overdue(lake.sourceId, error) : failed(error);
  }
}

function failed(cause: unknown): AppError {
  return new AppError(
    "source_unavailable",
    "The files of the source cannot be kept on this machine.",
    {
      cause,
    },
  );
}

async function explain(
  lake: Lake,
  statement: BoundStatement,
  budget: ExecutionBudget,
  signal: AbortSignal,
): Promise<JsonValue> {
  if (signal.aborted) throw callerGone();
  const { query } = splitExplain(statement.sql);
  const tree = await lake.readTree(query);
  const sql = `EXPLAIN (FORMAT JSON) ${query}`;
  const stream = await openBounded(lake, tree, { ...statement, sql }, budget, signal);
  try {
    const rows = (await stream.read()) ?? [];
    const text = JSON.parse(rows[0]?.[1] ?? "null") as string | null;
    if (text === null)
      throw new AppError("query_failed", "The plan is larger than the byte budget.");
    return JSON.parse(text) as JsonValue;
  } finally {
    await stream.close();
  }
}

async function check(lake: Lake, store: LakeStore, signal: AbortSignal): Promise<SourceCheck> {
  const started = performance.now();
  const latencyMs = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const { version } = await loadDuckdb();
    const tables = await lake.tables.all(signal);
    const files = await Promise.all(tables.map((table) => lake.tables.filesOf(table, signal)));
    return {
      ok: true,
      latencyMs: latencyMs(),
      evidence: `DuckDB ${version()} reads ${tables.length} tables in ${files.flat().length} files of ${store.identity}`,
    };
  } catch (error) {
    const evidence = error instanceof AppError ? error.detail : "no answer";
    return { ok: false, latencyMs: latencyMs(), evidence };
  }
}

/** DuckDB databases that see the files of some tables and nothing else; kept while the same files are asked for. */
import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { AppError } from "../../kernel/app-error.ts";
import { untilAborted } from "../../kernel/until-aborted.ts";
import type { LakeTable } from "../../lake/lake-table.ts";
import { NULL_PARTITION, type PartitionColumn, partitionsOf } from "../../lake/partitions.ts";
import type { LakeFile } from "../../lake/ports.ts";
import { type EngineLimits, openEngine } from "./engine.ts";
import { lakeError } from "./errors.ts";
import type { FileCache } from "./file-cache.ts";
import { readerSql, viewSql } from "./table-sql.ts";

export interface MountedTable {
  readonly table: LakeTable;
  readonly files: readonly LakeFile[];
  readonly partitions: readonly PartitionColumn[];
}

export interface Mount {
  connect(): Promise<DuckDBConnection>;
  /** The local path of each file, to name the file instead where a message names the path. */
  readonly names: ReadonlyMap<string, string>;
  readonly folder: string;
  release(): void;
}

export interface Mounts {
  open(tables: readonly MountedTable[], signal: AbortSignal): Promise<Mount>;
  close(): Promise<void>;
}

interface Entry {
  readonly opened: Promise<Opened>;
  users: number;
  /** Runs while nobody uses it. */
  idle?: NodeJS.Timeout | undefined;
}
interface Opened {
  readonly instance: DuckDBInstance;
  readonly folder: string;
  readonly names: ReadonlyMap<string, string>;
}

/** Each holds a database and links to its files. */
const MAX_MOUNTS = 8;
/** What nobody asked for in this time holds memory and disk for nothing. */
const IDLE_MS = 60_000;

export function createMounts(cache: FileCache, limits: EngineLimits): Mounts {
  const entries = new Map<string, Entry>();
  const closing = new AbortController();
  const build = createBuilder(cache, limits, closing.signal);
  const drop = (key: string, entry: Entry) => {
    clearTimeout(entry.idle);
    if (entries.get(key) === entry) entries.delete(key);
    return discard(entry);
  };
  const unused = () => [...entries].filter(([, { users }]) => users === 0);
  const evict = () => {
    const [oldest] = unused();
    if (entries.size >= MAX_MOUNTS && oldest) void drop(...oldest);
  };
  cache.onPressure(async () => {
    await Promise.all(unused().map((one) => drop(...one)));
  });
  const release = (key: string, entry: Entry) => {
    entry.users--;
    if (entry.users > 0 || entries.get(key) !== entry) return;
    entry.idle = setTimeout(() => void drop(key, entry), IDLE_MS).unref();
  };
  return {
    async open(tables, signal) {
      const key = keyOf(tables);
      let entry = entries.get(key);
      if (entry === undefined) {
        evict();
        entry = { opened: build(tables), users: 0 };
        // What could not be opened is tried again by whoever asks next.
        entry.opened.catch(() => entries.delete(key));
      }
      entries.delete(key);
      entries.set(key, entry);
      entry.users++;
      clearTimeout(entry.idle);
      const held = entry;
      const giveBack = once(() => release(key, held));
      try {
        // A caller who leaves does not stop the fetching: others may wait for it, and what came stays.
        const { instance, folder, names } = await untilAborted(entry.opened, signal);
        return { connect: () => instance.connect(), folder, names, release: giveBack };
      } catch (error) {
        giveBack();
        throw error;
      }
    },
    async close() {
      closing.abort(new AppError("source_unavailable", "The source was closed."));
      await Promise.all([...entries].map((one) => drop(...one)));
    },
  };
}

/** The first one sweeps up after processes that ended without closing. */
function createBuilder(cache: FileCache, limits: EngineLimits, signal: AbortSignal) {
  const root = join(cache.folder, "mounts");
  let swept: Promise<void> | null = null;
  return async (tables: readonly MountedTable[]): Promise<Opened> => {
    swept ??= sweepDead(root);
    await swept;
    const folder = join(root, `${process.pid}-${randomUUID()}`);
    return openMount(cache, limits, folder, tables, signal);
  };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}

async function discard({ opened }: Entry): Promise<void> {
  const mount = await opened.catch(() => null);
  if (mount === null) return;
  mount.instance.closeSync();
  await rm(mount.folder, { recursive: true, force: true });
}

function keyOf(tables: readonly MountedTable[]): string {
  return JSON.stringify(
    tables.map(({ table, files, partitions }) => [
      table.name,
      partitions,
      files.map(({ name, etag }) => [name, etag]),
    ]),
  );
}

async function openMount(
  cache: FileCache,
  limits: EngineLimits,
  folder: string,
  tables: readonly MountedTable[],
  signal: AbortSignal,
): Promise<Opened> {
  refuseTooMuch(cache, tables);
  const names = new Map<string, string>();
  try {
    const views: { table: LakeTable; sql: string }[] = [];
    for (const [i, mounted] of tables.entries()) {
      const paths = mounted.files.map((file, j) =>
        localPath(join(folder, `t${i}`), mounted, file, j),
      );
      await inTurns(mounted.files, (file, j) => cache.place(file, paths[j] as string, signal));
      for (const [j, path] of paths.entries()) names.set(path, mounted.files[j]?.name ?? "");
      const reader = readerSql(mounted.table, paths, mounted.partitions);
      views.push({ table: mounted.table, sql: viewSql(mounted.table, reader) });
    }
    const instance = await openEngine(limits, folder, async (connection) => {
      for (const { table, sql } of views)
        await connection.run(sql).catch((error: unknown) => {
          throw lakeError(error, { folder, names, table: table.name, memoryMb: limits.memoryMb });
        });
    });
    return { instance, folder, names };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function refuseTooMuch({ maxBytes }: FileCache, tables: readonly MountedTable[]): void {
  const bytes = tables.flatMap(({ files }) => files).reduce((sum, file) => sum + file.sizeBytes, 0);
  if (bytes <= maxBytes) return;
  const megabytes = (size: number) => Math.ceil(size / 1_048_576);
  throw new AppError(
    "query_failed",
    `The statement needs ${megabytes(bytes)} MB of files of ${tables.map(({ table }) => table.name).join(", ")}, and ${megabytes(maxBytes)} MB may be kept: ask for fewer partitions.`,
  );
}

/** Files are fetched so many at a time. */
const FETCHES = 4;

async function inTurns<T>(items: readonly T[], work: (item: T, at: number) => Promise<void>) {
  const queue = items.entries();
  const worker = async () => {
    for (const [i, item] of queue) await work(item, i);
  };
  await Promise.all(Array.from({ length: FETCHES }, worker));
}

/** The partitions stay in the path, where DuckDB reads them; all else of the name could be a pattern to it. */
function localPath(
  folder: string,
  { partitions }: MountedTable,
  file: LakeFile,
  at: number,
): string {
  const values = partitionsOf(file.name);
  const folders = partitions.map(
    ({ name }) => `${name}=${safe(values.get(name) ?? NULL_PARTITION)}`,
  );
  const ending = /(\.[A-Za-z0-9]{1,8}){1,2}$/.exec(file.name)?.[0] ?? "";
  return join(folder, ...folders, `${at}${ending}`);
}

/** DuckDB decodes percent signs in the values of partitions. */
const safe = (value: string): string =>
  encodeURIComponent(value).replace(
    /[!'()*~]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  );

/** Folders of processes that ended without closing. */
async function sweepDead(root: string): Promise<void> {
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const pid = Number(name.split("-", 1)[0]);
    if (pid !== process.pid && !isAlive(pid))
      await rm(join(root, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

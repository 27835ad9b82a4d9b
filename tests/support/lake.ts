/** A lake to read: files that DuckDB itself writes, in a container of a real Azurite, and sources over them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import type { DuckDBConnection } from "@duckdb/node-api";
import { createDataLakeSource } from "../../shared/adapters/data-lake/data-lake-source.ts";
import { duckdbParser } from "../../shared/adapters/data-lake/duckdb-parser.ts";
import { loadDuckdb } from "../../shared/adapters/data-lake/engine.ts";
import { createBlobLakeStore } from "../../shared/adapters/lake-blobs/blob-store.ts";
import { DataLakeConfig, DataLakeCredentials } from "../../shared/lake/lake-config.ts";
import type { LakeFile, LakeStore } from "../../shared/lake/ports.ts";
import { collect, type ResultSet } from "../../shared/sources/collect.ts";
import type { ExecutionBudget, JsonValue, SourceAdapter } from "../../shared/sources/ports.ts";
import { startAzurite } from "./azurite.ts";
import { budget, quiet } from "./source-fixture.ts";

export interface LakeSource {
  readonly adapter: SourceAdapter;
  /** Names of the files fetched so far. */
  readonly fetched: string[];
  /** Prefixes listed so far. */
  readonly listed: string[];
  run(
    sql: string,
    params?: readonly JsonValue[],
    part?: Partial<ExecutionBudget>,
  ): Promise<ResultSet>;
}

export interface OpenOptions {
  readonly container?: string;
  readonly connectionString?: string;
  readonly cacheFolder?: string;
}

export interface Lake {
  readonly connectionString: string;
  readonly container: ContainerClient;
  /** A folder of this machine that no query may see, but for the cache in it. */
  readonly folder: string;
  /** Writes what the query gives to a file of the container; the format goes by the name. */
  write(name: string, sql: string, options?: string): Promise<void>;
  put(name: string, content: string): Promise<void>;
  open(config?: Partial<DataLakeConfig>, options?: OpenOptions): Promise<LakeSource>;
  stop(): Promise<void>;
}

const FORMATS = [
  [/\.csv(\.gz)?$/, "csv"],
  [/\.json(\.gz)?$/, "json"],
] as const;

export async function startLake(): Promise<Lake> {
  const azurite = await startAzurite();
  const folder = await mkdtemp(join(tmpdir(), "mcp-lake-"));
  const { DuckDBInstance } = await loadDuckdb();
  const instance = await DuckDBInstance.create(":memory:");
  const writer = await instance.connect();
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const container = service.getContainerClient("lake");
  await container.create();
  const opened: SourceAdapter[] = [];
  let count = 0;
  return {
    connectionString: azurite.connectionString,
    container,
    folder,
    write: (name, sql, options = "") =>
      writeFile(writer, container, join(folder, `${count++}`), name, sql, options),
    put: async (name, content) => {
      await container.getBlockBlobClient(name).uploadData(Buffer.from(content));
    },
    async open(config = {}, options = {}) {
      const source = await openSource(
        { container: options.container ?? "lake", ...config },
        options.connectionString ?? azurite.connectionString,
        options.cacheFolder ?? join(folder, "cache"),
      );
      opened.push(source.adapter);
      return source;
    },
    async stop() {
      await Promise.all(opened.map((adapter) => adapter.close()));
      writer.closeSync();
      instance.closeSync();
      await azurite.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeFile(
  writer: DuckDBConnection,
  container: ContainerClient,
  path: string,
  name: string,
  sql: string,
  options: string,
): Promise<void> {
  const format = FORMATS.find(([ending]) => ending.test(name))?.[1] ?? "parquet";
  const gzip = name.endsWith(".gz") ? ", COMPRESSION gzip" : "";
  await writer.run(`COPY (${sql}) TO '${path}' (FORMAT ${format}${gzip}${options})`);
  await container.getBlockBlobClient(name).uploadFile(path);
}

async function openSource(
  config: object,
  connectionString: string,
  cacheFolder: string,
): Promise<LakeSource> {
  // Parsed as a registration is, so that what the tests use can be registered.
  const options = {
    sourceId: "lake",
    config: DataLakeConfig.parse(config),
    credentials: DataLakeCredentials.parse({
      kind: "connection_string",
      connection_string: connectionString,
    }),
  };
  const fetched: string[] = [];
  const listed: string[] = [];
  const store = watched(await createBlobLakeStore(options), fetched, listed);
  const adapter = createDataLakeSource({ ...options, store, parser: duckdbParser, cacheFolder });
  return {
    adapter,
    fetched,
    listed,
    run: (sql, params = [], part = {}) =>
      collect(adapter.execute({ sql, params }, budget(part), quiet())),
  };
}

/** The real store, with a note of what was asked of it. */
function watched(store: LakeStore, fetched: string[], listed: string[]): LakeStore {
  return {
    ...store,
    list(prefix, signal) {
      listed.push(prefix);
      return store.list(prefix, signal);
    },
    download(file: LakeFile, path, signal) {
      fetched.push(file.name);
      return store.download(file, path, signal);
    },
  };
}

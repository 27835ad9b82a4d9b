/** Opens DuckDB shut in: no network, no extensions, no settings to change, no files but those of one folder. */
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export interface EngineLimits {
  readonly memoryMb: number;
  readonly threads: number;
}

let loading: Promise<typeof import("@duckdb/node-api")> | null = null;

/** The binding is a native library of 70 MB: loaded once, when the first source needs it. */
export function loadDuckdb(): Promise<typeof import("@duckdb/node-api")> {
  loading ??= import("@duckdb/node-api").catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * A database of its own in memory, which sees the files of `folder` and nothing else; `prepare` makes the views, and
 * then no setting can be changed any more.
 */
export async function openEngine(
  { memoryMb, threads }: EngineLimits,
  folder: string | null,
  prepare: (connection: DuckDBConnection) => Promise<void> = async () => undefined,
): Promise<DuckDBInstance> {
  const { DuckDBInstance: Instance } = await loadDuckdb();
  const instance = await Instance.create(":memory:", {
    threads: `${threads}`,
    memory_limit: `${memoryMb}MB`,
    // What does not fit into memory fails: a function's disk is small, and shared by all.
    temp_directory: "",
    max_temp_directory_size: "0B",
    autoload_known_extensions: "false",
    autoinstall_known_extensions: "false",
    allow_community_extensions: "false",
    allow_persistent_secrets: "false",
    // Its errors then say which name is unknown, and where.
    errors_as_json: "true",
  });
  const connection = await instance.connect();
  try {
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    if (folder !== null)
      await connection.run(`SET allowed_directories = [${quoted(`${folder}/`)}]`);
    await connection.run("SET enable_external_access = false");
    await prepare(connection);
    await connection.run("SET lock_configuration = true");
    return instance;
  } catch (error) {
    instance.closeSync();
    throw error;
  } finally {
    connection.closeSync();
  }
}

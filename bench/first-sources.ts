/** The sources whose first query needs more than a database: a lake in a real Azurite, and a peer that speaks Snowflake's protocol. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { loadDuckdb } from "../shared/adapters/data-lake/engine.ts";
import {
  benchConfig,
  keys,
  PASSPHRASE,
  startSnowflakeBench,
} from "../tests/support/snowflake-bench.ts";
import { type OpenBench, registerSource } from "./open-bench.ts";

const CONTAINER = "first-query";

/** @returns the type and the name of each. */
export async function openFirstSources(bench: OpenBench) {
  const { storage, platformUrl, key } = bench;
  await writeLake(storage);
  await registerSource(platformUrl, key, {
    source_id: "lake",
    type: "data_lake",
    config: { container: CONTAINER },
    credentials: { kind: "connection_string", connection_string: storage },
  });
  const snowflake = await startSnowflakeBench();
  try {
    await registerSource(platformUrl, key, {
      source_id: "snow",
      type: "snowflake",
      config: benchConfig(snowflake.peer),
      credentials: { private_key: keys.privateKey, passphrase: PASSPHRASE },
    });
  } catch (error) {
    await snowflake.close();
    throw error;
  }
  return {
    sources: { data_lake: "lake", snowflake: "snow" },
    stop: () => snowflake.close(),
  };
}

/** One Parquet file of a thousand rows: what is measured is the way, not the weight. */
async function writeLake(storage: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-first-"));
  const { DuckDBInstance } = await loadDuckdb();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const path = join(folder, "a.parquet");
    await connection.run(
      `COPY (SELECT i AS day, i * 2 AS orders FROM range(1000) t(i)) TO '${path}' (FORMAT parquet)`,
    );
    const container = BlobServiceClient.fromConnectionString(storage).getContainerClient(CONTAINER);
    await container.createIfNotExists();
    await container.getBlockBlobClient("days/a.parquet").uploadData(await readFile(path));
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}

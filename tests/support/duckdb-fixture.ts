/** A DuckDB in memory that holds the tables of the guard's cases, for the tests of one file. */
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll } from "vitest";
import { loadDuckdb } from "../../shared/adapters/data-lake/engine.ts";
import { DUCKDB_FIXTURE } from "./duckdb-cases.ts";

/** @returns the connection, once the tests run. */
export function openDuckdbFixture(): () => DuckDBConnection {
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    const { DuckDBInstance: Instance } = await loadDuckdb();
    instance = await Instance.create(":memory:");
    connection = await instance.connect();
    await connection.run(DUCKDB_FIXTURE);
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return () => connection;
}

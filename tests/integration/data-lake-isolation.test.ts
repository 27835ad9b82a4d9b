/** That a query on the lake reaches nothing but the tables it names: the guard is not asked here, the engine alone. */
// covers: LAKE-06
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../shared/adapters/data-lake/engine.ts";
import { type Lake, type LakeSource, startLake } from "../support/lake.ts";

const SECRET = "top-secret-42";

let lake: Lake;
let source: LakeSource;
let instance: DuckDBInstance;
let connection: DuckDBConnection;
let mounted: string;
beforeAll(async () => {
  lake = await startLake();
  await lake.write("sales.parquet", "SELECT 1 AS n");
  await lake.write("hidden/other.parquet", `SELECT '${SECRET}' AS secret`);
  source = await lake.open({ tables: [{ name: "sales", path: "sales.parquet", options: {} }] });
  await writeFile(join(lake.folder, "secret.txt"), SECRET);
  await writeFile(join(lake.folder, "secret.csv"), `a\n${SECRET}\n`);
  await writeFile(join(lake.folder, "secret.json"), JSON.stringify({ a: SECRET }));
  mounted = join(lake.folder, "mounted");
  await mkdir(mounted);
  await writeFile(join(mounted, "own.csv"), "a\n1\n");
  // A sibling whose name only begins like the folder that is open.
  await mkdir(`${mounted}-not`);
  await writeFile(join(`${mounted}-not`, "secret.csv"), `a\n${SECRET}\n`);
  instance = await openEngine({ memoryMb: 128, threads: 1 }, mounted);
  connection = await instance.connect();
});
afterAll(async () => {
  connection?.closeSync();
  instance?.closeSync();
  await lake?.stop();
});

const place = (text: string) => text.replaceAll("%", lake.folder);

/** `%` is the folder with the secrets. */
const REACHING = [
  "SELECT * FROM read_text('%/secret.txt')",
  "SELECT * FROM read_blob('%/secret.txt')",
  "SELECT * FROM read_csv('%/secret.csv')",
  "SELECT * FROM read_csv_auto('%/secret.csv')",
  "SELECT * FROM read_json('%/secret.json')",
  "SELECT * FROM read_ndjson_objects('%/secret.json')",
  "SELECT * FROM read_parquet('%/cache/objects/*')",
  "SELECT * FROM parquet_metadata('%/cache/objects/*')",
  "SELECT * FROM '%/secret.csv'",
  'SELECT * FROM "%/secret.json"',
  "SELECT * FROM glob('%/*')",
  "SELECT * FROM sniff_csv('%/secret.csv')",
  "SELECT * FROM read_text('%/mounted/../secret.txt')",
  "SELECT * FROM read_csv('%/mounted-not/secret.csv')",
  "SELECT * FROM read_text('file://%/secret.txt')",
  "SELECT * FROM read_text('/proc/self/environ')",
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM glob('/proc/self/fd/*')",
  "SELECT * FROM read_csv('https://127.0.0.1:9/x.csv')",
  "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
  "SELECT * FROM read_duckdb('%/x.db')",
  "SELECT getenv('HOME')",
  "SELECT * FROM query('SELECT * FROM read_text(''%/secret.txt'')')",
  "SELECT * FROM query_table('%/secret.csv')",
  "SELECT json_execute_serialized_sql(json_serialize_sql('FROM read_text(''%/secret.txt'')'))",
  "COPY (SELECT 1) TO '%/out.csv'",
  "COPY (SELECT 1) TO '%/mounted-not/out.csv'",
  "EXPORT DATABASE '%/export'",
  "IMPORT DATABASE '%/export'",
  "ATTACH '%/x.db' AS x",
  "INSTALL httpfs",
  "INSTALL '%/evil.duckdb_extension'",
  "LOAD httpfs",
  "LOAD '%/evil.duckdb_extension'",
  "SET enable_external_access = true",
  "SET allowed_directories = ['/']",
  "SET allowed_paths = ['%/secret.txt']",
  "SET lock_configuration = false",
  "RESET allowed_directories",
  "SET temp_directory = '%'",
  "SET memory_limit = '100GB'",
  "SET threads = 64",
  "SET file_search_path = '%'",
  "SET home_directory = '%'",
  "SET TimeZone = 'Europe/Berlin'",
  "PRAGMA enable_profiling = 'json'",
  "SET profile_output = '%/profile.json'",
  "SET log_query_path = '%/log.txt'",
  "CREATE SECRET s (TYPE s3, KEY_ID 'x', SECRET 'y')",
  "CREATE PERSISTENT SECRET s (TYPE http, BEARER_TOKEN 'x')",
] as const;

describe("the engine, shut in", () => {
  it.each(REACHING)("does not run %s", async (sql) => {
    const before = (await readdir(lake.folder)).sort();
    const answer = await connection.runAndReadAll(place(sql)).then(
      (reader) => JSON.stringify(reader.getRowsJson()),
      (error: Error) => error,
    );
    // Neither an error that is ours nor an answer may hold what was written down as secret.
    expect(answer).toBeInstanceOf(Error);
    expect(String(answer)).not.toContain(SECRET);
    expect((await readdir(lake.folder)).sort()).toEqual(before);
  });

  it("reads the files of its own folder, which shows that it was not merely broken", async () => {
    const reader = await connection.runAndReadAll(`FROM read_csv('${mounted}/own.csv')`);
    expect(reader.getRowsJson()).toEqual([["1"]]);
  });

  it("keeps times in UTC and spills nothing to disk, whatever this machine's settings are", async () => {
    const reader = await connection.runAndReadAll(
      "SELECT current_setting('TimeZone'), current_setting('temp_directory'), current_setting('enable_external_access'), current_setting('lock_configuration')",
    );
    expect(reader.getRowsJson()).toEqual([["UTC", "", false, true]]);
  });
});

describe("the source", () => {
  it.each([
    ...REACHING,
    "SHOW TABLES FROM x",
    "SET VARIABLE x = 1",
    "CREATE TABLE t AS SELECT 1",
    "CREATE TEMP TABLE t AS SELECT 1",
    "CREATE MACRO f() AS 1",
    "PRAGMA database_list",
    "FROM hidden",
    "FROM information_schema.tables",
    "FROM memory.main.sales",
  ])("does not run %s, though no guard looked at it", async (sql) => {
    const failure = await source.run(place(sql)).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: "AppError",
      code: expect.stringMatching(/^(query_failed|table_not_found|sql_syntax)$/),
    });
    expect(String(failure)).not.toContain(SECRET);
    expect((await source.run("FROM sales")).rows).toEqual([[1]]);
  });

  it("sees in a statement's database only the tables that the statement names", async () => {
    const both = await lake.open();
    expect((await both.run("SELECT secret FROM hidden")).rows).toEqual([[SECRET]]);
    expect((await both.run("SELECT count(*) FROM sales")).rows).toEqual([[1]]);
    const { rows } = await source.run("SELECT * FROM (SHOW TABLES)").catch(() => ({ rows: [] }));
    expect(JSON.stringify(rows)).not.toContain("hidden");
  });

  it.each(["filename", "file_row_number", "file_index", "rowid"])(
    "does not tell where its files lie: %s",
    async (column) => {
      await expect(source.run(`SELECT ${column} FROM sales`)).rejects.toMatchObject({
        code: "query_failed",
      });
    },
  );

  it("leaves no state of one statement for the next", async () => {
    await source.run("SELECT setseed(0.5), n FROM sales").catch(() => undefined);
    const draw = async () => (await source.run("SELECT random() FROM sales")).rows[0]?.[0];
    expect(await draw()).not.toBe(await draw());
  });
});

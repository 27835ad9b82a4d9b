/** One database of an evaluation in its engines: predictions in PostgreSQL, golds where their dialect runs. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { demoDataSql } from "../shared/demo/data-sql.ts";
import { demoSchemaSql } from "../shared/demo/schema-sql.ts";
import type { SourceAdapter } from "../shared/sources/ports.ts";
import type { SqlGuard } from "../shared/sql/ports.ts";
import type { DatabaseFiles } from "./find-databases.ts";
import { loadPostgres } from "./load-postgres.ts";
import type { Exec, PostgresHost } from "./postgres-host.ts";
import { createPredictionRunner, type PredictionRunner, runInSource } from "./prediction-runner.ts";
import { type Database, readDatabase } from "./read-database.ts";
import { readDump } from "./read-dump.ts";
import { readSqlite } from "./read-sqlite.ts";
import type { RunBudget, StatementRunner } from "./run-result.ts";
import { openSqliteGold, writeSqlite } from "./sqlite-gold.ts";

export type GoldDialect = "sqlite" | "postgres";

export interface OpenDatabase {
  readonly name: string;
  readonly adapter: SourceAdapter;
  readonly predictions: PredictionRunner;
  /** What golds are written in unless they say otherwise. */
  readonly dialect: GoldDialect;
  /** @throws Error for SQLite where the database came as a dump. */
  gold(dialect: GoldDialect): Pick<StatementRunner, "run">;
  /** What was passed over in the data, one sentence each. */
  readonly notes: readonly string[];
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly host: PostgresHost;
  readonly guard: SqlGuard;
  readonly budget: RunBudget;
  /** Milliseconds since the Unix epoch: the sample source ends on this day. */
  readonly now: number;
  /** For the SQLite files that are made. */
  readonly folder: string;
}

export async function openDatabase(
  name: string,
  files: DatabaseFiles,
  options: OpenOptions,
): Promise<OpenDatabase> {
  const { host, budget, guard } = options;
  const notes: string[] = [];
  const content = await readContent(name, files);
  notes.push(...(content?.notes ?? []));
  const adapter = await host.open(name, async (exec) => {
    if (content !== null) notes.push(...(await loadPostgres(content, exec)));
    else notes.push(...(await loadScript(name, files, options.now, exec)));
  });
  const sqlite =
    content === null ? null : openSqliteGold(sqliteFile(content, files, options), budget);
  return {
    name,
    adapter,
    predictions: createPredictionRunner(adapter, guard, budget),
    dialect: sqlite === null ? "postgres" : "sqlite",
    gold: (dialect) => {
      if (dialect === "postgres")
        return { run: (sql) => runInSource(adapter, { sql, params: [] }, budget) };
      if (sqlite === null) throw new Error(`${name} is in PostgreSQL only: it has no SQLite golds`);
      return sqlite;
    },
    notes,
    close: async () => {
      await sqlite?.close();
      await adapter.close();
    },
  };
}

/** Null where the database is made by PostgreSQL itself. */
async function readContent(name: string, files: DatabaseFiles): Promise<Database | null> {
  if (files.kind === "ddl") return readDatabase(files.folder, name);
  return files.kind === "sqlite" ? readSqlite(files.file, name) : null;
}

function sqliteFile(content: Database, files: DatabaseFiles, { folder }: OpenOptions): string {
  if (files.kind === "sqlite") return files.file;
  const file = join(folder, `${content.name}.sqlite`);
  writeSqlite(file, content);
  return file;
}

async function loadScript(
  name: string,
  files: DatabaseFiles,
  now: number,
  exec: Exec,
): Promise<readonly string[]> {
  if (files.kind === "demo") {
    await exec(`${demoSchemaSql}${demoDataSql(new Date(now).toISOString().slice(0, 10))}`);
    return [];
  }
  if (files.kind !== "dump") return [];
  const notes: string[] = [];
  // A dump names owners and extensions that are not here: what fails is said, and the rest still loads.
  for (const { sql, params } of readDump(await readFile(files.file, "utf8")))
    await exec(sql, params).catch((error: Error) => {
      notes.push(`${name}: ${sql.slice(0, 60).replaceAll(/\s+/g, " ")} … (${error.message})`);
    });
  await exec("analyze");
  return notes;
}

/**
 * `node bench/export-memory.ts`: resident memory while a job exports ten thousand to two million rows from a real
 * PostgreSQL, in each format, every export in a process of its own. It grows until the collector has taken its slack, which
 * some hundred thousand rows do, and then stays.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startQueueService } from "../local/azurite.ts";
import { type PostgresServer, startPostgres } from "../local/postgres.ts";
import { generateKey } from "../shared/access/key-format.ts";
import type { ExportFigures, ExportRun } from "./export-run.ts";

const SIZES = [10_000, 200_000, 2_000_000];
const FORMATS = ["ndjson", "csv", "parquet"] as const;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-export-"));
  const undo: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const postgres = await startPostgres(join(folder, "postgres"));
    undo.push(postgres.stop);
    for (const name of ["metadata", "rows"]) await postgres.createDatabase(name);
    const storage = await startQueueService(folder);
    undo.push(storage.stop);
    await fill(postgres, Math.max(...SIZES));
    console.log("format   rows        NDJSON MiB  base MiB  peak MiB  growth MiB  rows/s");
    for (const format of FORMATS)
      for (const maxRows of SIZES)
        print(
          format,
          exportOnce({
            ...surroundings(postgres, folder, storage.connectionString),
            format,
            maxRows,
          }),
        );
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function surroundings({ url, connection }: PostgresServer, folder: string, storage: string) {
  const { host, port, user, password } = connection;
  return {
    settings: {
      MCP_ENVIRONMENT: "test",
      MCP_DATA_DIR: folder,
      DATABASE_URL: `${url}/metadata`,
      BOOTSTRAP_ADMIN_KEY: generateKey("test"),
      AzureWebJobsStorage: storage,
    },
    source: {
      config: {
        host,
        port,
        database: "rows",
        ssl: "disable" as const,
        schemas: ["public"],
        pass_attributes: false,
        max_connections: 2,
      },
      signIn: { user, password },
    },
    sql: "select * from events",
  };
}

function exportOnce(run: ExportRun): ExportFigures {
  const output = execFileSync(
    process.execPath,
    [join(import.meta.dirname, "export-run.ts"), JSON.stringify(run)],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  return JSON.parse(output) as ExportFigures;
}

function print(format: string, figures: ExportFigures): void {
  const { rows, bytes, baseMiB, peakMiB, seconds } = figures;
  const cell = (value: number, width: number) => value.toFixed(0).padStart(width);
  console.log(
    `${format.padEnd(8)} ${cell(rows, 10)} ${cell(bytes / 1_048_576, 11)} ${cell(baseMiB, 9)} ${cell(peakMiB, 9)} ${cell(peakMiB - baseMiB, 11)} ${cell(rows / seconds, 7)}`,
  );
}

async function fill({ connection }: PostgresServer, rows: number): Promise<void> {
  const client = new pg.Client({ ...connection, database: "rows" });
  await client.connect();
  await client.query(EVENTS_SQL(rows));
  await client.end();
}

/** About 200 bytes a row as NDJSON. */
export const EVENTS_SQL = (rows: number) => `
  create table events as
  select n as id, md5(n::text) as token, timestamptz '2026-01-01' + n * interval '1 second' as at,
    (n * 1.25)::numeric(14,2) as amount, n % 7 = 0 as flagged, repeat('x', 60 + (n % 40)::int) as note
  from generate_series(1::bigint, ${rows}) n`;

if (import.meta.main) await main();

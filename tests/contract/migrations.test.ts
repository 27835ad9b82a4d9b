/** Migrations: once, in order, however many instances start at the same time. */
// covers: REG-14
import { describe, expect, it } from "vitest";
import {
  type MetadataDatabase,
  migrate,
  openMetadataDatabase,
} from "../../shared/adapters/metadata/database.ts";
import { migrations } from "../../shared/adapters/metadata/migrations/index.ts";
import {
  createServerDatabase,
  openEmbeddedMetadata,
  openServerMetadata,
  postgresUrl,
} from "../support/databases.ts";

const names = Object.keys(migrations);
const open = (url: string): Promise<MetadataDatabase> =>
  openMetadataDatabase(
    { MCP_DATA_DIR: "/nonexistent", DATABASE_URL: url, DATABASE_MAX_CONNECTIONS: 2 },
    () => undefined,
  );

describe("migrations", () => {
  it("change nothing when they run again on the embedded database", async () => {
    const { db, close } = await openEmbeddedMetadata();
    expect(await migrate(db)).toEqual([]);
    await close();
  });

  it("are named so that their order is the order of their names", () => {
    expect(names).toEqual([...names].sort());
  });

  describe.skipIf(postgresUrl === null)("on a PostgreSQL server", () => {
    it("change nothing when they run again", async () => {
      const { db, close } = await openServerMetadata();
      expect(await migrate(db)).toEqual([]);
      await close();
    });

    it("are each applied once when 5 instances start on an empty database at the same time", async () => {
      const database = await createServerDatabase();
      const instances = await Promise.all(Array.from({ length: 5 }, () => open(database.url)));
      const applied = await Promise.all(instances.map(migrate));
      expect(applied.flat().sort()).toEqual(names);
      await Promise.all(instances.map((db) => db.destroy()));
      await database.drop();
    });

    it("say that they failed, with the reason as the cause, when the server is not there", async () => {
      const db = await open("postgres://nobody:nothing@127.0.0.1:1/none");
      await expect(migrate(db)).rejects.toMatchObject({
        code: "metadata_unavailable",
        cause: expect.anything(),
      });
      await db.destroy();
    });
  });
});

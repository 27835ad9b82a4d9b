/** Runs a suite over the metadata schema on the embedded database and on a real PostgreSQL server. */
import { afterAll, beforeAll, describe } from "vitest";
import type { MetadataDatabase } from "../../shared/adapters/metadata/database.ts";
import {
  openEmbeddedMetadata,
  openServerMetadata,
  postgresUrl,
  type TestDatabase,
} from "./databases.ts";

/** `suite` gets a function that gives the open database while a test runs. */
export function onBothDatabases(title: string, suite: (db: () => MetadataDatabase) => void): void {
  describe(`${title} on the embedded database`, () => withDatabase(openEmbeddedMetadata, suite));
  // The global setup has said loudly why there is no server, and refuses to go on in CI.
  describe.skipIf(postgresUrl === null)(`${title} on a PostgreSQL server`, () =>
    withDatabase(openServerMetadata, suite),
  );
}

function withDatabase(
  open: () => Promise<TestDatabase>,
  suite: (db: () => MetadataDatabase) => void,
): void {
  let opened: TestDatabase | undefined;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened?.close());
  suite(() => {
    if (opened === undefined) throw new Error("the database is open while tests run only");
    return opened.db;
  });
}

/** The embedded database in the shape of a node-postgres pool, so that the metadata stores are written once. */
import type { PostgresPool } from "kysely";
import { type EmbeddedDatabase, openEmbeddedDatabase } from "./client.ts";

const WRITES = /^\s*(insert|update|delete|merge)/i;

export function createEmbeddedPool(dataDir: string): PostgresPool {
  const database = openEmbeddedDatabase(dataDir);
  return { connect: () => checkOut(database), end: () => database.close() };
}

/** Holds the one connection from `connect()` until `release()`. */
function checkOut(database: EmbeddedDatabase): ReturnType<PostgresPool["connect"]> {
  return new Promise((granted, refused) => {
    database
      .exclusively(
        (run) =>
          new Promise<void>((release) => {
            const query = async (sql: string, params: readonly unknown[]) => {
              const { rows, affectedRows } = await run({ sql, params, mode: "rows" });
              return {
                command: WRITES.exec(sql)?.[1]?.toUpperCase() ?? "SELECT",
                rowCount: affectedRows || rows.length,
                rows,
              };
            };
            granted({ query, release } as never);
          }),
      )
      .catch(refused);
  });
}

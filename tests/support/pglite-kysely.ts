/** Kysely over PGlite: PostgreSQL itself in this process, with one connection that callers take in turn. */
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PostgresDialect, type PostgresPoolClient, type PostgresQueryResult } from "kysely";

export interface PgliteDatabase<Tables> {
  readonly db: Kysely<Tables>;
  close(): Promise<void>;
}

export async function openPglite<Tables>(): Promise<PgliteDatabase<Tables>> {
  const pglite = await PGlite.create();
  let turn: Promise<void> = Promise.resolve();
  const connect = async (): Promise<PostgresPoolClient> => {
    const before = turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    turn = promise;
    await before;
    return { query: queryOf(pglite), release: resolve };
  };
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool: { connect, end: async () => {} } }),
  });
  return {
    db,
    close: async () => {
      await db.destroy();
      await pglite.close();
    },
  };
}

/** The half of node-postgres' `query` that Kysely calls without cursors. */
function queryOf(pglite: PGlite): PostgresPoolClient["query"] {
  const query = async (
    text: string,
    parameters: readonly unknown[],
  ): Promise<PostgresQueryResult<unknown>> => {
    const { rows, affectedRows } = await pglite.query(text, [...parameters]);
    const command =
      /^\s*(?:with\b.*?\b)?(insert|update|delete|merge)\b/is.exec(text)?.[1]?.toUpperCase() ??
      "SELECT";
    return {
      command: command as PostgresQueryResult<unknown>["command"],
      rowCount: affectedRows ?? rows.length,
      rows,
    };
  };
  return query as PostgresPoolClient["query"];
}

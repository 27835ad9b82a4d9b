/** Where predictions run: an embedded database (PGlite) or a real server, each behind the product's own adapter. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "../local/postgres.ts";
import { openEmbeddedDatabase } from "../shared/adapters/pglite/client.ts";
import { createPgliteSource } from "../shared/adapters/pglite/pglite-source.ts";
import { createPostgresSource } from "../shared/adapters/postgres/postgres-source.ts";
import type { SourceAdapter } from "../shared/sources/ports.ts";

/** Runs a statement of the loader; parameters are PostgreSQL's texts. */
export type Exec = (sql: string, params?: readonly (string | null)[]) => Promise<void>;
export type Load = (exec: Exec) => Promise<void>;

export interface PostgresHost {
  readonly engine: "pglite" | "postgres";
  /** A new, empty database that `load` fills. One at a time: close it before the next. */
  open(sourceId: string, load: Load): Promise<SourceAdapter>;
  stop(): Promise<void>;
}

export function openHost(engine: PostgresHost["engine"]): Promise<PostgresHost> {
  return engine === "pglite" ? openPgliteHost() : openServerHost();
}

/** On disk, since a statement that is ended for its time takes a database in memory with it. */
async function openPgliteHost(): Promise<PostgresHost> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-eval-"));
  // Making a cluster takes longer than filling it with most databases: it is made once and copied.
  const template = join(folder, "empty");
  const empty = openEmbeddedDatabase(template);
  await empty.ready().finally(() => empty.close());
  let count = 0;
  return {
    engine: "pglite",
    open: async (sourceId, load) => {
      const dataDir = join(folder, String(++count));
      await cp(template, dataDir, { recursive: true });
      const database = openEmbeddedDatabase(dataDir);
      try {
        await load(async (sql, params) => {
          await database.run(
            params === undefined
              ? { sql, params: [], mode: "script" }
              : { sql, params, mode: "rows" },
          );
        });
      } finally {
        await database.close();
      }
      const adapter = createPgliteSource({ sourceId, dataDir, schemas: ["public"] });
      return {
        ...adapter,
        close: async () => {
          await adapter.close();
          await rm(dataDir, { recursive: true, force: true });
        },
      };
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function openServerHost(): Promise<PostgresHost> {
  const { default: pg } = await import("pg");
  const folder = await mkdtemp(join(tmpdir(), "mcp-eval-"));
  const server = await startPostgres(join(folder, "postgres"));
  const { host, port, user, password } = server.connection;
  let count = 0;
  return {
    engine: "postgres",
    open: async (sourceId, load) => {
      const database = `eval_${++count}`;
      await server.createDatabase(database);
      const client = new pg.Client({ ...server.connection, database });
      await client.connect();
      try {
        await load(async (sql, params) => {
          await client.query(sql, params === undefined ? undefined : [...params]);
        });
      } finally {
        await client.end();
      }
      return createPostgresSource({
        sourceId,
        config: {
          ...{ host, port, database, ssl: "disable", schemas: ["public"] },
          ...{ pass_attributes: false, max_connections: 2 },
        },
        signIn: { user, password },
        onIdleError: () => undefined,
      });
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

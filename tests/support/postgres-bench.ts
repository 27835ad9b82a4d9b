/** A database on the real server with the source fixture, a login that may read some of it, and an owner who watches. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { PostgresConfig } from "../../shared/adapters/postgres/config.ts";
import { createPostgresSource } from "../../shared/adapters/postgres/postgres-source.ts";
import type { SignIn } from "../../shared/adapters/postgres/sign-in.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { createServerDatabase } from "./databases.ts";
import { sourceFixture } from "./source-fixture.ts";

export interface PostgresBench {
  readonly owner: pg.Client;
  /** May read everything but `hidden`. */
  readonly reader: { readonly user: string; readonly password: string };
  readonly config: PostgresConfig;
  /** The errors of idle connections so far. */
  readonly idleErrors: Error[];
  connect(part?: Partial<PostgresConfig>, signIn?: SignIn): Promise<SourceAdapter>;
  /** How many statements of clients are running in this database, the owner's apart: neither a vacuum nor a connection that is only being made. */
  running(): Promise<number>;
  /** Resolves when `running()` is `count`. @throws Error after `withinMs`. */
  untilRunning(count: number, withinMs: number): Promise<void>;
  close(): Promise<void>;
}

export async function openPostgresBench(): Promise<PostgresBench> {
  const database = await createServerDatabase();
  const url = new URL(database.url);
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(sourceFixture);
  const reader = { user: `r_${randomUUID().replaceAll("-", "")}`, password: "only-for-tests" };
  await owner.query(
    `create role ${reader.user} login password '${reader.password}'; grant select on teams, items, cheap_items, tickets_seq to ${reader.user}`,
  );
  const config: PostgresConfig = {
    host: url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    ssl: "disable",
    schemas: ["public"],
    max_connections: 3,
    pass_attributes: false,
  };
  const idleErrors: Error[] = [];
  const opened: SourceAdapter[] = [];
  const running = async () => {
    const { rows } = await owner.query(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and backend_type = 'client backend' and state not in ('idle', 'starting')`,
    );
    return rows[0].n as number;
  };
  return {
    owner,
    reader,
    config,
    idleErrors,
    running,
    connect: async (part = {}, signIn = reader) => {
      const adapter = await createPostgresSource({
        sourceId: "pg",
        config: { ...config, ...part },
        signIn,
        onIdleError: (error) => idleErrors.push(error),
      });
      opened.push(adapter);
      return adapter;
    },
    untilRunning: async (count, withinMs) => {
      const deadline = performance.now() + withinMs;
      let now = await running();
      while (now !== count) {
        if (performance.now() > deadline)
          throw new Error(`${now} statements were running, not ${count}`);
        now = await running();
      }
    },
    close: async () => {
      await Promise.all(opened.map((adapter) => adapter.close()));
      await owner.query(`drop owned by ${reader.user}; drop role ${reader.user}`);
      await owner.end();
      await database.drop();
    },
  };
}

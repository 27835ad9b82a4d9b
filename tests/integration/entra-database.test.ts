/** The metadata database with Entra ID: the real identity library, a real server, an identity endpoint on loopback. */
// covers: DEPLOY-07
import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openConfiguredDatabase } from "../../shared/compose-database.ts";
import { loadConfig } from "../../shared/config.ts";
import { createServerDatabase, postgresUrl } from "../support/databases.ts";
import { type IdentityEndpoint, startIdentityEndpoint } from "../support/identity-endpoint.ts";

const AUDIENCE = "https://ossrdbms-aad.database.windows.net";
const HOUR = 3_600;

describe.skipIf(postgresUrl === null)("the metadata database with Entra ID", () => {
  let identity: IdentityEndpoint;
  let database: { url: string; drop(): Promise<void> };
  let owner: pg.Client;
  let user: string;
  let opened: Awaited<ReturnType<typeof openConfiguredDatabase>>[] = [];

  beforeAll(async () => {
    [identity, database] = await Promise.all([startIdentityEndpoint(), createServerDatabase()]);
    Object.assign(process.env, identity.env);
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    user = `id-mcp-${randomUUID().slice(0, 8)}`;
    await owner.query(`create role "${user}" login`);
  });
  afterEach(async () => {
    await Promise.all(opened.map((db) => db.destroy()));
    opened = [];
  });
  afterAll(async () => {
    await owner.query(`drop role "${user}"`);
    await owner.end();
    await database.drop();
    await identity.close();
  });

  /** The server takes this token from now on, and the endpoint hands it out. */
  const issue = async (lifetimeSeconds: number): Promise<string> => {
    const value = `token-${randomUUID()}`;
    await owner.query(`alter role "${user}" password '${value}'`);
    identity.give({ value, lifetimeSeconds });
    return value;
  };
  /** As an identity of its own: the library keeps the tokens of each for the whole process. */
  const open = async (clientId: string = randomUUID()) => {
    const url = new URL(database.url);
    const config = loadConfig({
      DATABASE_URL: `postgres://${user}@${url.host}${url.pathname}?sslmode=disable`,
      DATABASE_AUTH: "entra",
      DATABASE_MAX_CONNECTIONS: "1",
      AZURE_CLIENT_ID: clientId,
    });
    const db = await openConfiguredDatabase(config, () => undefined);
    opened.push(db);
    return db;
  };
  const whoAmI = async (db: Awaited<ReturnType<typeof open>>) => {
    const { rows } = await sql<{ me: string; pid: number }>`
      select current_user as me, pg_backend_pid() as pid`.execute(db);
    return rows[0] as { me: string; pid: number };
  };
  const endConnection = async (pid: number) => {
    await owner.query("select pg_terminate_backend($1, 5000)", [pid]);
  };

  it("is opened with a token for the database's audience, asked for as the named identity", async () => {
    await issue(HOUR);
    const clientId = randomUUID();
    expect((await whoAmI(await open(clientId))).me).toBe(user);
    expect(identity.requests.at(-1)).toEqual({
      resource: AUDIENCE,
      clientId,
      authorised: true,
    });
  });

  it("takes a new token for a new connection once the old one has run out", async () => {
    // The library counts a token that ends within five minutes as one that has run out.
    await issue(60);
    const db = await open();
    const first = await whoAmI(db);
    const asked = identity.requests.length;
    await issue(60);
    await endConnection(first.pid);
    const second = await whoAmI(db).catch(() => whoAmI(db));
    expect(second.me).toBe(user);
    expect(second.pid).not.toBe(first.pid);
    expect(identity.requests.length).toBeGreaterThan(asked);
  });

  it("is away, to be tried again, while the identity gives no token, and comes back with it", async () => {
    identity.give(null);
    const db = await open();
    await expect(whoAmI(db)).rejects.toMatchObject({
      code: "metadata_unavailable",
      retryAfterSeconds: 2,
    });
    await issue(HOUR);
    expect((await whoAmI(db)).me).toBe(user);
  });

  it("is not opened by a token that the server does not take", async () => {
    identity.give({ value: "of-somebody-else", lifetimeSeconds: 60 });
    await expect(whoAmI(await open())).rejects.toMatchObject({ code: "metadata_unavailable" });
  });
});

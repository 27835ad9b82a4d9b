/** A PostgreSQL source that signs in with Entra ID: the real identity library and a real server, whose password is the token. */
// covers: SRC-17
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabaseToken } from "../../shared/adapters/entra/database-password.ts";
import { postgresKind } from "../../shared/adapters/postgres/kind.ts";
import { collect } from "../../shared/sources/collect.ts";
import { createSourceKinds } from "../../shared/sources/kinds.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { postgresUrl } from "../support/databases.ts";
import { type IdentityEndpoint, startIdentityEndpoint } from "../support/identity-endpoint.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";

const AUDIENCE = "https://ossrdbms-aad.database.windows.net";
const HOUR = 3_600;
/** The library counts a token that ends within five minutes as one that has run out. */
const RUN_OUT = 60;
const OWN_ID = randomUUID();

const kinds = createSourceKinds(
  [postgresKind((clientId) => createDatabaseToken(clientId ?? OWN_ID))],
  () => undefined,
);
const form = (config: object, credentials: object) => ({
  sourceId: "pg",
  type: "postgres",
  config: config as Record<string, string>,
  credentials,
});

describe.skipIf(postgresUrl === null)("a PostgreSQL source with a managed identity", () => {
  let identity: IdentityEndpoint;
  let bench: PostgresBench;
  const user = `id-reader-${randomUUID().slice(0, 8)}`;
  const opened: SourceAdapter[] = [];

  beforeAll(async () => {
    [identity, bench] = await Promise.all([startIdentityEndpoint(), openPostgresBench()]);
    Object.assign(process.env, identity.env);
    await bench.owner.query(`create role "${user}" login; grant select on items to "${user}"`);
  });
  afterAll(async () => {
    await Promise.all(opened.map((adapter) => adapter.close()));
    await bench.owner.query(`drop owned by "${user}"; drop role "${user}"`);
    await bench.close();
    await identity.close();
  });

  /** The server takes this token from now on, and the endpoint hands it out. */
  const issue = async (lifetimeSeconds: number): Promise<void> => {
    const value = `token-${randomUUID()}`;
    await bench.owner.query(`alter role "${user}" password '${value}'`);
    identity.give({ value, lifetimeSeconds });
  };
  /** As an identity of its own: the library keeps the tokens of each for the whole process. */
  const open = async (credentials: object = { client_id: randomUUID() }) => {
    const source = kinds.read(
      form(
        { ...bench.config, max_connections: 1 },
        { kind: "managed_identity", user, ...credentials },
      ),
    );
    const adapter = await kinds.connect(source);
    opened.push(adapter);
    return adapter;
  };
  const whoAmI = async (adapter: SourceAdapter): Promise<{ me: string; pid: number }> => {
    const sql = "select current_user::text, pg_backend_pid()";
    const { rows } = await collect(adapter.execute({ sql, params: [] }, budget(), quiet()));
    return { me: String(rows[0]?.[0]), pid: Number(rows[0]?.[1]) };
  };
  const endConnection = (pid: number) =>
    bench.owner.query("select pg_terminate_backend($1, 5000)", [pid]);

  it("signs in with a token for databases, asked for as the identity that was named", async () => {
    await issue(HOUR);
    const clientId = randomUUID();
    expect((await whoAmI(await open({ client_id: clientId }))).me).toBe(user);
    expect(identity.requests.at(-1)).toEqual({ resource: AUDIENCE, clientId, authorised: true });
  });

  it("takes the platform's own identity where none is named", async () => {
    await issue(HOUR);
    expect((await whoAmI(await open({}))).me).toBe(user);
    expect(identity.requests.at(-1)?.clientId).toBe(OWN_ID);
  });

  it("asks once for a token that holds, however many connections it opens", async () => {
    await issue(HOUR);
    const adapter = await open();
    const { pid } = await whoAmI(adapter);
    const asked = identity.requests.length;
    await endConnection(pid);
    const next = await whoAmI(adapter).catch(() => whoAmI(adapter));
    expect(next.pid).not.toBe(pid);
    expect(identity.requests.length).toBe(asked);
  });

  it("takes a new token for a new connection once the old one has run out", async () => {
    await issue(RUN_OUT);
    const adapter = await open();
    const first = await whoAmI(adapter);
    const asked = identity.requests.length;
    await issue(RUN_OUT);
    // The connection that is open goes on: the server looked at the token only while it connected.
    expect((await whoAmI(adapter)).pid).toBe(first.pid);
    await endConnection(first.pid);
    const second = await whoAmI(adapter).catch(() => whoAmI(adapter));
    expect(second.me).toBe(user);
    expect(second.pid).not.toBe(first.pid);
    expect(identity.requests.length).toBeGreaterThan(asked);
  });

  it("cancels on the server over a connection that signs in the same way", async () => {
    await issue(RUN_OUT);
    const adapter = await open();
    await whoAmI(adapter);
    await issue(RUN_OUT);
    const caller = new AbortController();
    const sql = "select pg_sleep(600)";
    const running = collect(
      adapter.execute({ sql, params: [] }, budget({ timeoutMs: 600_000 }), caller.signal),
    );
    await Promise.all([
      expect(running).rejects.toMatchObject({ code: "client_closed" }),
      bench.untilRunning(1, 10_000).then(() => caller.abort()),
    ]);
    await bench.untilRunning(0, 10_000);
  });

  it("is away, to be tried again, while the identity gives no token, and comes back with it", async () => {
    identity.give(null);
    const adapter = await open();
    await expect(whoAmI(adapter)).rejects.toMatchObject({
      code: "source_unavailable",
      retryAfterSeconds: 5,
    });
    await issue(HOUR);
    expect((await whoAmI(adapter)).me).toBe(user);
  });

  it("is refused by the server with a token of somebody else, which no error shows", async () => {
    identity.give({ value: "token-of-somebody-else", lifetimeSeconds: RUN_OUT });
    const failure = await whoAmI(await open()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "source_unavailable" });
    expect(JSON.stringify(failure)).not.toContain("token-of-somebody-else");
  });
});

describe("the credentials of a PostgreSQL source", () => {
  const server = { host: "shop.postgres.database.azure.com", database: "shop" };
  const managed = { kind: "managed_identity", user: "reader" };

  it("are a password, with or without its kind, or a managed identity, and never both", () => {
    for (const credentials of [
      { user: "r", password: "p" },
      { kind: "password", user: "r", password: "p" },
      managed,
    ])
      expect(kinds.read(form(server, credentials)).credentials).toEqual(credentials);
    for (const [credentials, pointer] of [
      [{ ...managed, password: "p" }, "/credentials/password"],
      [{ user: "r" }, "/credentials/password"],
      [{ kind: "certificate", user: "r" }, "/credentials/kind"],
    ] as const)
      expect(() => kinds.read(form(server, credentials))).toThrow(
        expect.objectContaining({
          code: "request_invalid",
          fields: [expect.objectContaining({ pointer })],
        }),
      );
  });

  it.each([
    [{ ...server, ssl: "require" }, "/config/ssl"],
    [{ ...server, ssl: "disable" }, "/config/ssl"],
    [{ ...server, host: "db.example.com" }, "/config/host"],
    [{ ...server, host: "shop.postgres.database.azure.com.example.com" }, "/config/host"],
    [{ ...server, host: "10.0.0.4" }, "/config/host"],
  ])("send no token to %j", async (config, pointer) => {
    await expect(kinds.connect(kinds.read(form(config, managed)))).rejects.toMatchObject({
      code: "request_invalid",
      fields: [{ pointer }],
    });
  });
});

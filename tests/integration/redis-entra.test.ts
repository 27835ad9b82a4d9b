/** Redis with Entra ID: the real libraries, a real server that knows the identity as a user, an identity endpoint on loopback. */
// covers: CACHE-17
import { randomUUID } from "node:crypto";
import { createClient } from "@redis/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRedisCommands } from "../../shared/adapters/redis/redis-cache.ts";
import { entraCredentials } from "../../shared/adapters/redis-entra/entra-credentials.ts";
import type { RedisCommands } from "../../shared/adapters/redis-scripts/shared-cache.ts";
import { type IdentityEndpoint, startIdentityEndpoint } from "../support/identity-endpoint.ts";
import { noRedis, type RedisServer, startRedis } from "../support/redis-server.ts";

const HOUR = 3_600;
/** Renewed after a second and a half at most: the endpoint says when a token ends in whole seconds. */
const SHORT = 2;
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.skipIf(noRedis)("Redis with Entra ID", () => {
  let identity: IdentityEndpoint;
  let server: RedisServer;
  let admin: ReturnType<typeof createClient>;
  let undo: (() => Promise<unknown>)[];
  let troubles: string[];
  const oid = randomUUID();

  // The library looks for the endpoint once in a process.
  beforeAll(async () => {
    identity = await startIdentityEndpoint();
    Object.assign(process.env, identity.env);
  });
  afterAll(() => identity.close());
  beforeEach(async () => {
    server = await startRedis();
    admin = createClient({ url: server.url });
    admin.on("error", () => undefined);
    await admin.connect();
    undo = [() => server.stop(), async () => admin.destroy()];
    troubles = [];
    // From here on nobody comes in without a token; the admin is in already.
    await admin.sendCommand(["ACL", "SETUSER", "default", "resetpass", ">of-nobody"]);
  });
  afterEach(async () => {
    for (const step of undo.reverse()) await step();
  });

  /** As Entra writes one: the identity's object id is a claim. The server takes it, and no earlier one, from now on. */
  const issue = async (lifetimeSeconds: number): Promise<string> => {
    const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString("base64url");
    const value = `${part({ alg: "none" })}.${part({ oid, jti: randomUUID() })}.signature`;
    await admin.sendCommand(["ACL", "SETUSER", oid, "on", "resetpass", `>${value}`, "~*", "+@all"]);
    identity.give({ value, lifetimeSeconds });
    return value;
  };
  const open = (clientId: string | undefined = randomUUID()): RedisCommands => {
    const commands = createRedisCommands({
      url: server.url,
      cluster: false,
      credentials: () =>
        entraCredentials({
          clientId,
          cluster: false,
          onTrouble: (error) => troubles.push(error.message),
        }),
    });
    undo.push(() => commands.close());
    return commands;
  };
  /** The connections of the identity, by id. */
  const signedIn = async (): Promise<string[]> => {
    const list = String(await admin.sendCommand(["CLIENT", "LIST"]));
    const own = list.split("\n").filter((line) => line.includes(` user=${oid} `));
    return own.map((line) => /id=(\d+)/.exec(line)?.[1] ?? "");
  };
  /** AUTH on a connection that is open: signing in at the start is part of HELLO. */
  const reauthentications = async () => {
    const stats = String(await admin.sendCommand(["INFO", "commandstats"]));
    const line = /cmdstat_auth:calls=(\d+).*?failed_calls=(\d+)/.exec(stats);
    return { calls: Number(line?.[1] ?? 0), failed: Number(line?.[2] ?? 0) };
  };
  const until = async (holds: () => Promise<boolean> | boolean) => {
    const deadline = performance.now() + 15_000;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error(`never: ${holds}`);
      await turn();
    }
  };

  it("signs in as the identity's object, with a token for Redis, asked for as the named identity", async () => {
    await issue(HOUR);
    const clientId = randomUUID();
    await open(clientId).ping();
    expect(await signedIn()).toHaveLength(1);
    expect(identity.requests.at(-1)).toEqual({
      resource: "https://redis.azure.com",
      clientId,
      authorised: true,
    });
  });

  it("takes the app's own identity where none is named", async () => {
    await issue(HOUR);
    const commands = createRedisCommands({
      url: server.url,
      cluster: false,
      credentials: () =>
        entraCredentials({ clientId: undefined, cluster: false, onTrouble: () => undefined }),
    });
    undo.push(() => commands.close());
    await commands.ping();
    expect(await signedIn()).toHaveLength(1);
    expect(identity.requests.at(-1)?.clientId).toBeNull();
  });

  it("signs in again on the open connection before the token ends", async () => {
    await issue(SHORT);
    const commands = open();
    await commands.ping();
    const before = await signedIn();
    for (const round of [1, 2]) {
      await issue(SHORT);
      await until(async () => (await reauthentications()).calls >= round);
      await commands.ping();
    }
    expect((await reauthentications()).failed).toBe(0);
    expect(await signedIn()).toEqual(before);
    expect(troubles).toEqual([]);
  });

  it("goes on where a renewal fails, and signs in when the identity gives tokens again", async () => {
    await issue(SHORT);
    const commands = open();
    await commands.ping();
    identity.give(null);
    const asked = identity.requests.length;
    await until(() => identity.requests.length > asked);
    await commands.ping();
    await issue(HOUR);
    await until(async () => (await reauthentications()).calls > 0);
    expect((await reauthentications()).failed).toBe(0);
    await commands.ping();
  });

  it("signs a new connection in with the token that holds, and renews it once", async () => {
    await issue(SHORT);
    const commands = open();
    await commands.ping();
    for (let i = 0; i < 3; i++) {
      const [id = ""] = await signedIn();
      await admin.sendCommand(["CLIENT", "KILL", "ID", id]);
      await until(async () => (await signedIn()).some((one) => one !== id));
    }
    const { calls } = await reauthentications();
    const asked = identity.requests.length;
    await issue(HOUR);
    await until(() => identity.requests.length > asked);
    await until(async () => (await reauthentications()).calls > calls);
    await commands.ping();
    await commands.ping();
    const after = await reauthentications();
    expect(after.calls - calls).toBe(1);
    expect(after.failed).toBe(0);
  });

  it("comes to be where the identity gave no token at first", async () => {
    identity.give(null);
    const commands = open();
    const asked = identity.requests.length;
    const first = commands.ping();
    first.catch(() => undefined);
    await until(() => identity.requests.length > asked);
    await issue(HOUR);
    await until(async () => {
      await commands.ping().catch(() => undefined);
      return (await signedIn()).length === 1;
    });
  });

  it("asks for no token after it was closed", async () => {
    await issue(SHORT);
    const [gone, other] = [randomUUID(), randomUUID()];
    const askedFor = (clientId: string) =>
      identity.requests.filter((request) => request.clientId === clientId).length;
    const commands = open(gone);
    await commands.ping();
    const [id = ""] = await signedIn();
    await admin.sendCommand(["CLIENT", "KILL", "ID", id]);
    await until(async () => (await signedIn()).some((one) => one !== id));
    await commands.close();
    const asked = askedFor(gone);
    // A second client's renewals tell that the time of the first one's has passed.
    await open(other).ping();
    await until(() => askedFor(other) >= 3);
    expect(askedFor(gone)).toBe(asked);
  });

  it("may be closed while a renewal is under way", async () => {
    await issue(SHORT);
    const commands = open();
    await commands.ping();
    const asked = identity.requests.length;
    // The request has come, and its answer has not gone yet.
    await until(() => identity.requests.length > asked);
    await commands.close();
    await until(async () => (await signedIn()).length === 0);
  });
});

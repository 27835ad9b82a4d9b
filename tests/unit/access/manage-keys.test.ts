/** Making, rotating and revoking keys, over the real store on the embedded database. */
// covers: KEY-02, KEY-06, KEY-08, KEY-09
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthenticator } from "../../../shared/access/authenticate.ts";
import { generateKey } from "../../../shared/access/key-format.ts";
import {
  adoptAdminKey,
  createKey,
  type KeyGrant,
  revokeKey,
  rotateKey,
} from "../../../shared/access/manage-keys.ts";
import { createKeyStore } from "../../../shared/adapters/metadata/key-store.ts";
import { type Permission, permissionNames, roles } from "../../../shared/contract/permissions.ts";
import type { CallContext } from "../../../shared/kernel/context.ts";
import { sha256Hex } from "../../../shared/kernel/digest.ts";
import { testContext } from "../../support/call-context.ts";
import { openEmbeddedMetadata, type TestDatabase } from "../../support/databases.ts";

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
let database: TestDatabase;
beforeAll(async () => {
  database = await openEmbeddedMetadata();
});
afterAll(() => database?.close());

const forgotten: string[] = [];
const deps = () => ({
  keys: createKeyStore(database.db),
  environment: "test" as const,
  authenticator: { forget: (hash: string) => void forgotten.push(hash) },
});
const caller = (
  permissions: readonly string[],
  sources: "all" | ReadonlySet<string> = "all",
  now = NOW,
  expiresAt: number | null = null,
): CallContext => ({
  ...testContext(undefined, now).ctx,
  principal: {
    id: "key:k",
    owner: "k",
    permissions: new Set(permissions),
    roles: [],
    sources,
    attributes: {},
    expiresAt,
  },
});
const admin = caller(["admin"]);
const grant = (part: Partial<KeyGrant> = {}): KeyGrant => ({
  owner: "alice",
  permissions: [],
  roles: [],
  sources: null,
  attributes: {},
  expiresInDays: null,
  ...part,
});
const signIn = (key: string, now: number) =>
  createAuthenticator({ ...deps(), noteUse: () => undefined }).authenticate(key, now);

describe("a new key", () => {
  it("works at once with exactly what was granted, and ends after its days", async () => {
    const { key } = await createKey(
      deps(),
      grant({ permissions: ["query:run"], sources: ["demo"], expiresInDays: 1 }),
      admin,
    );
    const principal = await signIn(key, NOW + 86_400_000 - 1);
    expect(principal?.permissions).toEqual(new Set(["query:run"]));
    expect(principal?.sources).toEqual(new Set(["demo"]));
    expect(await signIn(key, NOW + 86_400_000)).toBeNull();
  });

  it("is in no column of what is stored", async () => {
    const { key, record } = await createKey(deps(), grant({ roles: ["viewer"] }), admin);
    const stored = JSON.stringify(await deps().keys.byId(record.keyId));
    expect(stored).not.toContain(key);
    expect(stored).not.toContain(key.slice(13, -4));
  });
});

describe("nobody", () => {
  it("but an admin grants any permission that they do not hold, by itself or by a role", async () => {
    for (const held of permissionNames.filter((name) => name !== "admin")) {
      const holder = caller([held, "keys:write"]);
      for (const wanted of permissionNames) {
        const made = createKey(deps(), grant({ permissions: [wanted as Permission] }), holder);
        if (wanted === held || wanted === "keys:write") await made;
        else await expect(made).rejects.toMatchObject({ code: "forbidden" });
      }
      for (const role of Object.keys(roles) as (keyof typeof roles)[])
        await expect(createKey(deps(), grant({ roles: [role] }), holder)).rejects.toMatchObject({
          code: "forbidden",
        });
    }
  });

  it("but an admin grants a role or an attribute that they do not hold: policies show more by them", async () => {
    const holder: CallContext = {
      ...caller(["keys:write", "query:run"]),
      principal: {
        ...caller(["keys:write", "query:run"]).principal,
        roles: ["seller"],
        attributes: { team: "blue" },
      },
    };
    const own = {
      permissions: ["query:run"],
      roles: ["seller"],
      attributes: { team: "blue" },
    } as const;
    const { key } = await createKey(deps(), grant(own), holder);
    expect(await signIn(key, NOW)).toMatchObject({
      roles: ["seller"],
      attributes: { team: "blue" },
    });
    for (const wider of [
      { roles: ["seller", "auditor"] },
      { attributes: { team: "red" } },
      { attributes: { team: "blue", desk: "1" } },
      { attributes: { constructor: "x" } },
    ])
      await expect(createKey(deps(), grant({ ...own, ...wider }), holder)).rejects.toMatchObject({
        code: "forbidden",
      });
    await createKey(deps(), grant({ roles: ["auditor"], attributes: { team: "red" } }), admin);
  });

  it("who is limited to some sources grants others, all, or a key that sees them all, not even an admin", async () => {
    const limited = caller(["admin"], new Set(["a", "b"]));
    for (const sources of [null, ["c"], ["a", "c"]])
      await expect(
        createKey(deps(), grant({ roles: ["viewer"], sources }), limited),
      ).rejects.toMatchObject({ code: "forbidden" });
    await createKey(deps(), grant({ roles: ["viewer"], sources: ["b"] }), limited);
  });

  it("gets more by rotating a key that is stronger than they are", async () => {
    const strong = await createKey(deps(), grant({ roles: ["admin"] }), admin);
    const weak = caller(["keys:write"]);
    const rotated = rotateKey(deps(), { keyId: strong.record.keyId, graceSeconds: 0 }, weak);
    await expect(rotated).rejects.toMatchObject({ code: "forbidden" });
    expect(await signIn(strong.key, NOW + 1)).not.toBeNull();
  });
});

describe("rotation", () => {
  it("lets both keys work until the grace ends, and only the new one afterwards", async () => {
    const old = await createKey(deps(), grant({ roles: ["viewer"], sources: ["demo"] }), admin);
    const fresh = await rotateKey(deps(), { keyId: old.record.keyId, graceSeconds: 60 }, admin);
    expect(fresh.record).toMatchObject({ owner: "alice", roles: ["viewer"], sources: ["demo"] });
    for (const [key, at, lives] of [
      [old.key, NOW + 59_999, true],
      [old.key, NOW + 60_000, false],
      [fresh.key, NOW, true],
      [fresh.key, NOW + 60_000, true],
    ] as const)
      expect((await signIn(key, at)) !== null).toBe(lives);
  });

  it("does not lengthen the life of either key", async () => {
    const old = await createKey(deps(), grant({ roles: ["viewer"], expiresInDays: 1 }), admin);
    const fresh = await rotateKey(
      deps(),
      { keyId: old.record.keyId, graceSeconds: 172_800 },
      admin,
    );
    for (const { key } of [old, fresh]) expect(await signIn(key, NOW + 86_400_000)).toBeNull();
  });

  it("of a key that is revoked, expired or unknown is refused alike", async () => {
    const gone = await createKey(deps(), grant({ roles: ["viewer"], expiresInDays: 1 }), admin);
    await expect(
      rotateKey(
        deps(),
        { keyId: gone.record.keyId, graceSeconds: 0 },
        caller(["admin"], "all", NOW + 86_400_000),
      ),
    ).rejects.toMatchObject({ code: "key_not_found" });
    await revokeKey(deps(), gone.record.keyId, admin);
    for (const keyId of [gone.record.keyId, "key_nowhere"])
      await expect(rotateKey(deps(), { keyId, graceSeconds: 0 }, admin)).rejects.toMatchObject({
        code: "key_not_found",
      });
    await expect(revokeKey(deps(), "key_nowhere", admin)).rejects.toMatchObject({
      code: "key_not_found",
    });
  });
});

describe("the operator's own admin key", () => {
  it("is adopted on every start and stored once", async () => {
    const key = generateKey("test");
    for (let start = 0; start < 3; start++) await adoptAdminKey(deps(), key, NOW + start);
    expect((await signIn(key, NOW + 10))?.permissions).toEqual(new Set(["admin"]));
    const all = await deps().keys.list(1_000, null);
    expect(all.filter((one) => one.owner === "bootstrap")).toHaveLength(1);
  });

  it("is refused when it is no key of this environment, without being shown", async () => {
    for (const key of ["hunter2-hunter2", generateKey("live")]) {
      const error = await adoptAdminKey(deps(), key, NOW).catch((thrown: Error) => thrown);
      expect(String(error)).toMatch(/BOOTSTRAP_ADMIN_KEY/);
      expect(String(error)).not.toContain(key);
    }
  });
});

describe("whoever holds less", () => {
  it("cannot revoke or rotate the key of one who holds more, but their own", async () => {
    const boss = await createKey(deps(), grant({ permissions: ["admin"] }), admin);
    const clerk = caller(["keys:write", "query:run"], new Set(["other"]));
    await expect(revokeKey(deps(), boss.record.keyId, clerk)).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await signIn(boss.key, NOW)).not.toBeNull();
    const own = await createKey(deps(), grant({ permissions: ["admin"] }), admin);
    const self = { ...clerk, principal: { ...clerk.principal, id: `key:${own.record.keyId}` } };
    await revokeKey(deps(), own.record.keyId, self);
    expect(await signIn(own.key, NOW + 1)).toBeNull();
    expect(forgotten).toContain(own.record.hash);
  });

  it("cannot make a key that outlives their own", async () => {
    const brief = caller(["keys:write", "query:run"], "all", NOW, NOW + 2 * 86_400_000);
    const eternal = grant({ permissions: ["query:run"] });
    await expect(createKey(deps(), eternal, brief)).rejects.toMatchObject({ code: "forbidden" });
    const short = await createKey(deps(), { ...eternal, expiresInDays: 1 }, brief);
    expect(short.record.expiresAt).toBe(NOW + 86_400_000);
  });
});

describe("the first admin key", () => {
  it("that was revoked is not taken up again, and says so", async () => {
    const key = generateKey("test");
    await adoptAdminKey(deps(), key, NOW);
    await adoptAdminKey(deps(), key, NOW + 5);
    const record = await deps().keys.byHash(sha256Hex(key));
    await deps().keys.revoke(record?.keyId ?? "", NOW + 10);
    await expect(adoptAdminKey(deps(), key, NOW + 20)).rejects.toThrow("the admin key was revoked");
  });
});

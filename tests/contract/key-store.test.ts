/** What the KeyStore promises, on both databases. */
// covers: KEY-02, KEY-06, KEY-07
import { describe, expect, it } from "vitest";
import type { KeyRecord } from "../../shared/access/ports.ts";
import { createKeyStore } from "../../shared/adapters/metadata/key-store.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const T0 = Date.parse("2026-03-01T12:00:00.123Z");

const record = (keyId: string, part: Partial<KeyRecord> = {}): KeyRecord => ({
  keyId,
  hash: `hash-of-${keyId}`,
  owner: "alice",
  hint: "mcp_test_abcd…wxyz",
  permissions: ["query:run"],
  roles: ["viewer"],
  sources: ["demo"],
  attributes: { team: "blue" },
  limits: { max_rows: 5 },
  createdAt: T0,
  expiresAt: T0 + 1_000,
  revokedAt: null,
  lastUsedAt: null,
  usageCount: 0,
  ...part,
});

onBothDatabases("KeyStore", (db) => {
  const keys = () => createKeyStore(db());
  const read = async (keyId: string) => (await keys().byId(keyId)) as KeyRecord;

  it("gives back what was inserted, by hash and by id, and null for what was not", async () => {
    const all = [
      record("key_full"),
      record("key_open", { sources: null, expiresAt: null, permissions: [], roles: [] }),
    ];
    for (const one of all) {
      await keys().insert(one);
      expect(await keys().byHash(one.hash)).toEqual(one);
      expect(await keys().byId(one.keyId)).toEqual(one);
    }
    expect(await keys().byHash("hash-of-%")).toBeNull();
    expect(await keys().byId("key_f___")).toBeNull();
  });

  it("keeps the first of 20 parallel inserts of one hash", async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => keys().insert(record(`key_r${i}`, { hash: "race" }))),
    );
    const stored = (await keys().list(200, null)).filter((one) => one.hash === "race");
    expect(stored).toHaveLength(1);
  });

  it("pages by id", async () => {
    for (const id of ["p_1", "p_2", "p_3"]) await keys().insert(record(id));
    const page = await keys().list(2, "p_1");
    expect(page.map((one) => one.keyId)).toEqual(["p_2", "p_3"]);
    expect((await keys().list(1, "p_1")).map((one) => one.keyId)).toEqual(["p_2"]);
  });

  describe("ends", () => {
    it("a life earlier, and never later", async () => {
      await keys().insert(record("key_end"));
      expect(await keys().endAt("key_end", T0 + 5_000)).toBe(true);
      expect((await read("key_end")).expiresAt).toBe(T0 + 1_000);
      expect(await keys().endAt("key_end", T0 + 10)).toBe(true);
      expect((await read("key_end")).expiresAt).toBe(T0 + 10);
      await keys().insert(record("key_ageless", { expiresAt: null }));
      await keys().endAt("key_ageless", T0 + 7);
      expect((await read("key_ageless")).expiresAt).toBe(T0 + 7);
    });

    it("replaces a key: the successor is there and the old one ends, or neither happens", async () => {
      await keys().insert(record("key_old"));
      await keys().replace("key_old", T0 + 50, record("key_new"));
      expect((await read("key_old")).expiresAt).toBe(T0 + 50);
      expect((await read("key_new")).keyId).toBe("key_new");
      await keys().insert(record("key_kept"));
      const broken = { ...record("key_new"), hash: "another hash, but an id that is taken" };
      await expect(keys().replace("key_kept", T0 + 50, broken)).rejects.toThrow();
      expect((await read("key_kept")).expiresAt).toBe(T0 + 1_000);
    });

    it("a key by revoking it: the first time counts, and a key that is not there is said so", async () => {
      await keys().insert(record("key_revoked"));
      expect(await keys().revoke("key_revoked", T0 + 3)).toBe(true);
      expect(await keys().revoke("key_revoked", T0 + 9)).toBe(true);
      expect((await read("key_revoked")).revokedAt).toBe(T0 + 3);
      expect(await keys().revoke("key_nowhere", T0)).toBe(false);
      expect(await keys().endAt("key_nowhere", T0)).toBe(false);
    });
  });

  it("adds the uses of 20 writers, keeps the latest time, and passes over unknown keys", async () => {
    await keys().insert(record("key_used"));
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        keys().addUses([
          { keyId: "key_used", count: 3, lastUsedAt: T0 + i },
          { keyId: "key_nowhere", count: 1, lastUsedAt: T0 },
        ]),
      ),
    );
    expect(await read("key_used")).toMatchObject({ usageCount: 60, lastUsedAt: T0 + 19 });
  });
});

/** The form of keys, and every case of the key catalogue through the authenticator with its look-ups counted. */
// covers: KEY-01, KEY-03, KEY-07
import { describe, expect, it } from "vitest";
import { createAuthenticator, KEY_MEMORY_MS } from "../../../shared/access/authenticate.ts";
import {
  generateKey,
  isWellFormedKey,
  KEY_PATTERN,
  keyHint,
} from "../../../shared/access/key-format.ts";
import type { KeyRecord } from "../../../shared/access/ports.ts";
import { sha256Hex } from "../../../shared/kernel/digest.ts";
import catalogue from "../../support/catalogues/api_keys.json" with { type: "json" };

const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const other = (character: string) => (character === "a" ? "b" : "a");

function record(key: string, part: Partial<KeyRecord> = {}): KeyRecord {
  return {
    keyId: `key_${sha256Hex(key).slice(0, 8)}`,
    hash: sha256Hex(key),
    owner: "alice",
    hint: keyHint(key),
    permissions: ["query:run"],
    roles: ["viewer", "no-such-role"],
    sources: ["demo"],
    attributes: { team: "blue" },
    createdAt: NOW,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    usageCount: 0,
    ...part,
  };
}

/** The store's one method that is asked, over a list, with its calls counted. */
function bench(records: KeyRecord[]) {
  const uses: string[] = [];
  const state = { lookUps: 0 };
  const authenticator = createAuthenticator({
    keys: {
      byHash: async (hash) => {
        state.lookUps++;
        return records.find((one) => one.hash === hash) ?? null;
      },
    },
    environment: "test",
    noteUse: (keyId) => uses.push(keyId),
  });
  return { authenticator, uses, state };
}

const valid = generateKey("test");
const revoked = generateKey("test");
const expired = generateKey("test");
const records = [
  record(valid),
  record(revoked, { revokedAt: NOW }),
  record(expired, { expiresAt: NOW }),
];

/** What stands behind the catalogue's descriptions. */
const inputs: Readonly<Record<string, string>> = {
  "KEY-01": valid,
  "KEY-02": valid.slice(0, -1) + other(valid.at(-1) as string),
  "KEY-03": valid.slice(0, 30) + other(valid[30] as string) + valid.slice(31),
  "KEY-04": valid.slice("mcp_test_".length),
  "KEY-05": valid.replace("mcp_test_", "mcp_live_"),
  "KEY-06": `${valid}a`,
  "KEY-07": valid.slice(0, -1),
  "KEY-08": ` ${valid}`,
  "KEY-09": valid.toUpperCase(),
  "KEY-10": `${valid.slice(0, 20)}\u200b${valid.slice(20)}`,
  "KEY-11": valid.replace("c", "\u0441"),
  "KEY-12": "",
  "KEY-13": "null",
  "KEY-14": `Bearer ${valid}`,
  "KEY-15": revoked,
  "KEY-16": expired,
  "KEY-19": sha256Hex(valid),
  "KEY-20": `${valid.slice(0, 13)}*`,
  "KEY-21": '{"$ne":null}',
  "KEY-22": `${valid}' OR 1=1--`,
};
/** Keys have no start time and owners no state: there is no such key to present. */
const absent = ["KEY-17", "KEY-18"];

describe("the key catalogue", () => {
  it("is covered but for the states that keys do not have", () => {
    const ids = catalogue.map((one) => one.id);
    expect([...Object.keys(inputs), ...absent].sort()).toEqual([...ids].sort());
  });

  it.each(catalogue.filter((one) => one.id in inputs))("$id: $expect ($why)", async (one) => {
    const { authenticator, state, uses } = bench(records);
    const principal = await authenticator.authenticate(inputs[one.id] as string, NOW);
    if (one.expect === "accept") {
      expect(principal).toEqual({
        id: `key:${records[0]?.keyId}`,
        owner: "alice",
        attributes: { team: "blue" },
        permissions: new Set([
          "query:run",
          "models:read",
          "cache:read",
          "sources:read",
          "metrics:read",
          "health:read",
          "alerts:read",
        ]),
        roles: ["viewer", "no-such-role"],
        sources: new Set(["demo"]),
        expiresAt: expect.toSatisfy((at: number | null) => at === null || at > 0),
      });
      expect(uses).toHaveLength(1);
    } else {
      expect(principal).toBeNull();
      expect(uses).toEqual([]);
    }
    if (one.expect === "reject-no-lookup") expect(state.lookUps).toBe(0);
  });
});

describe("keys", () => {
  it("are 10 000 different ones of one published pattern, well formed in their environment only", () => {
    const keys = new Set(Array.from({ length: 10_000 }, () => generateKey("live")));
    expect(keys.size).toBe(10_000);
    for (const key of keys) {
      expect(key).toMatch(KEY_PATTERN);
      expect(isWellFormedKey(key, "live")).toBe(true);
      expect(isWellFormedKey(key, "test")).toBe(false);
    }
  });

  it("are refused without a look-up with any one character changed to any other", async () => {
    const { authenticator, state } = bench(records);
    for (let at = 0; at < valid.length; at++)
      for (const character of BASE62)
        if (character !== valid[at])
          expect(
            await authenticator.authenticate(
              valid.slice(0, at) + character + valid.slice(at + 1),
              NOW,
            ),
          ).toBeNull();
    expect(state.lookUps).toBe(0);
  });

  it("use every character in every place of the secret but the first, so that no bit is fixed", () => {
    const seen = Array.from({ length: 43 }, () => new Set<string>());
    for (let i = 0; i < 3_000; i++)
      for (const [place, character] of [...generateKey("test").slice(9, 52)].entries())
        seen[place]?.add(character);
    for (const place of seen.slice(1)) expect(place.size).toBe(62);
    expect(seen[0]?.size).toBeGreaterThan(55);
  });

  it("show eight of their characters in a hint, and not the rest", () => {
    expect(keyHint(valid)).toBe(`${valid.slice(0, 13)}…${valid.slice(-4)}`);
  });
});

describe("the authenticator's memory", () => {
  it("asks once per key and five seconds, and notes every use", async () => {
    const { authenticator, state, uses } = bench(records);
    for (const at of [0, 1, KEY_MEMORY_MS - 1]) await authenticator.authenticate(valid, NOW + at);
    expect(state.lookUps).toBe(1);
    await authenticator.authenticate(valid, NOW + KEY_MEMORY_MS);
    expect(state.lookUps).toBe(2);
    expect(uses).toHaveLength(4);
  });

  it("refuses a key that was revoked elsewhere five seconds later at most", async () => {
    const list = [record(valid)];
    const { authenticator } = bench(list);
    expect(await authenticator.authenticate(valid, NOW)).not.toBeNull();
    list[0] = record(valid, { revokedAt: NOW + 1 });
    expect(await authenticator.authenticate(valid, NOW + KEY_MEMORY_MS)).toBeNull();
  });

  it("lets a key end at its very millisecond, although it is remembered", async () => {
    const { authenticator } = bench([record(valid, { expiresAt: NOW + 100 })]);
    expect(await authenticator.authenticate(valid, NOW + 99)).not.toBeNull();
    expect(await authenticator.authenticate(valid, NOW + 100)).toBeNull();
  });

  it("keeps nothing of a look-up that failed", async () => {
    let down = true;
    const authenticator = createAuthenticator({
      keys: {
        byHash: async () => {
          if (down) throw new Error("store away");
          return record(valid);
        },
      },
      environment: "test",
      noteUse: () => undefined,
    });
    await expect(authenticator.authenticate(valid, NOW)).rejects.toThrow("store away");
    down = false;
    expect(await authenticator.authenticate(valid, NOW)).not.toBeNull();
  });
});

/** Stored credentials: sealed anew each time, bound to their record, and no damage goes unseen (CRYPTO-01, -02, -06). */
// covers: SRC-01, KEY-09
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readOrCreateSecret } from "../../../shared/adapters/crypto/key-file.ts";
import { createSecretBox } from "../../../shared/adapters/crypto/secret-box.ts";

const SECRET = '{"user":"u","password":"canary-hunter2-ü"}';
const box = createSecretBox(randomBytes(32));

describe("a sealed secret", () => {
  it("opens in its own record only", async () => {
    const sealed = await box.seal(SECRET, "source:a");
    expect(await box.open(sealed, "source:a")).toBe(SECRET);
    for (const context of ["source:b", "", "source:a "])
      await expect(box.open(sealed, context)).rejects.toThrow("another record");
  });

  it("shows nothing of the secret, and is another text each time", async () => {
    const sealed = await Promise.all(Array.from({ length: 50 }, () => box.seal(SECRET, "c")));
    expect(new Set(sealed).size).toBe(50);
    for (const one of sealed)
      expect(Buffer.from(one, "base64url").toString("latin1")).not.toContain("hunter2");
  });

  it("repeats no nonce, of the wrapped key or of the body, in 20 000", async () => {
    const nonces = new Set<string>();
    for (let i = 0; i < 10_000; i++) {
      const [, , wrapped = "", body = ""] = (await box.seal("x", "c")).split(".");
      for (const part of [wrapped, body])
        nonces.add(Buffer.from(part, "base64url").subarray(0, 12).toString("hex"));
    }
    expect(nonces.size).toBe(20_000);
  });

  it("with any one byte flipped is a clean error that shows nothing", async () => {
    const sealed = await box.seal(SECRET, "c");
    const [version = "", id = "", ...parts] = sealed.split(".");
    for (const [which, part] of parts.entries()) {
      const bytes = Buffer.from(part, "base64url");
      for (let at = 0; at < bytes.length; at++) {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] as number) ^ 0x01;
        const text = [version, id, ...parts.with(which, damaged.toString("base64url"))].join(".");
        const error = await box.open(text, "c").catch((thrown: Error) => thrown);
        expect(error).toBeInstanceOf(Error);
        expect(String(error)).toMatch(/damaged/);
        expect(String(error)).not.toContain("hunter2");
      }
    }
  });

  it("cut, with its parts exchanged, or in another form is a clean error", async () => {
    const sealed = await box.seal(SECRET, "c");
    const [version = "", id = "", wrapped = "", body = ""] = sealed.split(".");
    const bad = [
      "",
      "v1",
      "v2.x.y.z",
      sealed.slice(0, 40),
      [version, id, body, wrapped].join("."),
      [version, id, wrapped, ""].join("."),
      [version, id, wrapped, body.slice(0, -8)].join("."),
      [version, "00000000", wrapped, body].join("."),
    ];
    for (const text of bad) await expect(box.open(text, "c")).rejects.toThrow(/stored secret/);
  });

  it("under another master key says so by the key's name", async () => {
    const other = createSecretBox(randomBytes(32));
    await expect(other.open(await box.seal(SECRET, "c"), "c")).rejects.toThrow("another key");
    expect(() => createSecretBox(randomBytes(31))).toThrow("32 bytes");
  });
});

describe("a secret that an installation makes for itself", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mcp-key-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is one for 20 who start at the same time, readable by its owner only, with no draft left", async () => {
    const path = join(folder, "deep", "key");
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) => readOrCreateSecret(path, () => `secret-${i}`)),
    );
    expect(new Set(all.map((one) => one.secret)).size).toBe(1);
    expect(all.filter((one) => one.created)).toHaveLength(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "deep"))).toEqual(["key"]);
    expect(await readOrCreateSecret(path, () => "never")).toMatchObject({ created: false });
  });
});

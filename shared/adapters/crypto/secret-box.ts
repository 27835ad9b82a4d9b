/**
 * Envelope encryption of small secrets at rest: AES-256-GCM under a fresh data key, which is itself encrypted under
 * the master key. The record's name is authenticated with both, so that ciphertext moved to another record fails.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { sha256Hex } from "../../kernel/digest.ts";
import type { SecretBox } from "../../sources/store-ports.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** @param masterKey 32 bytes. @param earlier the keys before it, which still open what they sealed. */
export function createSecretBox(
  masterKey: Uint8Array,
  earlier: readonly Uint8Array[] = [],
): SecretBox {
  const keys = new Map<string, Uint8Array>();
  for (const key of [...earlier, masterKey]) {
    if (key.length !== KEY_BYTES) throw new Error("a credential key must be 32 bytes");
    keys.set(idOf(key), key);
  }
  const keyId = idOf(masterKey);
  return {
    async seal(plaintext, context) {
      const dataKey = randomBytes(KEY_BYTES);
      const wrapped = encrypt(masterKey, dataKey, context);
      const body = encrypt(dataKey, Buffer.from(plaintext, "utf8"), context);
      return ["v1", keyId, wrapped.toString("base64url"), body.toString("base64url")].join(".");
    },
    async open(sealed, context) {
      const [version, id, wrapped, body] = sealed.split(".");
      if (version !== "v1" || wrapped === undefined || body === undefined)
        throw new Error("the stored secret has an unknown form");
      const key = keys.get(id ?? "");
      if (key === undefined)
        throw new Error(`the stored secret was encrypted under another key (${id})`);
      const dataKey = decrypt(key, Buffer.from(wrapped, "base64url"), context);
      return decrypt(dataKey, Buffer.from(body, "base64url"), context).toString("utf8");
    },
    isCurrent: (sealed) => sealed.split(".")[1] === keyId,
  };
}

function idOf(key: Uint8Array): string {
  return sha256Hex(key).slice(0, 8);
}

function encrypt(key: Uint8Array, plaintext: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context, "utf8"));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, sealed: Buffer, context: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error("the stored secret is damaged");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  }).setAAD(Buffer.from(context, "utf8"));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    throw new Error("the stored secret is damaged or belongs to another record");
  }
}

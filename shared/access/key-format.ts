/**
 * API keys: `mcp_<environment>_<43 base-62 characters><6 base-62 characters>`. The 43 carry 256 random bits; the 6 are
 * a CRC-32 of all before them, so that a mistyped or cut key is refused without asking any store (the idea is
 * GitHub's token format of 2021).
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

export type KeyEnvironment = "local" | "test" | "live";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET_CHARACTERS = 43;
const CHECKSUM_CHARACTERS = 6;

/** What every key looks like; published so that secret scanners can find leaked ones. */
export const KEY_PATTERN = /^mcp_(local|test|live)_[0-9A-Za-z]{49}$/;

/** A new key from 256 bits of the operating system's generator. */
export function generateKey(environment: KeyEnvironment): string {
  const secret = toBase62(BigInt(`0x${randomBytes(32).toString("hex")}`), SECRET_CHARACTERS);
  const body = `mcp_${environment}_${secret}`;
  return body + checksum(body);
}

/** True when the text is a key of this environment with a right checksum. Says nothing of whether it was ever issued. */
export function isWellFormedKey(text: string, environment: KeyEnvironment): boolean {
  if (!KEY_PATTERN.test(text) || !text.startsWith(`mcp_${environment}_`)) return false;
  const cut = text.length - CHECKSUM_CHARACTERS;
  return text.slice(cut) === checksum(text.slice(0, cut));
}

/** What a person may see of a key: its prefix, the first four and the last four characters. */
export function keyHint(key: string): string {
  const start = key.indexOf("_", 4) + 1;
  return `${key.slice(0, start + 4)}…${key.slice(-4)}`;
}

function checksum(body: string): string {
  return toBase62(BigInt(crc32(body)), CHECKSUM_CHARACTERS);
}

function toBase62(value: bigint, width: number): string {
  let text = "";
  for (let rest = value; text.length < width; rest /= 62n)
    text = ALPHABET[Number(rest % 62n)] + text;
  return text;
}

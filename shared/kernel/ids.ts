/** Prefixed identifiers that sort by creation time: 48 bits of milliseconds and 80 random bits (the ULID layout). */
import { randomFillSync } from "node:crypto";

/** Crockford's base 32: no I, L, O or U, so that a person can read an id aloud. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const RANDOM_BYTES = 10;

export type IdPrefix =
  | "qry"
  | "job"
  | "key"
  | "inc"
  | "dlv"
  | "ex"
  | "req"
  | "evt"
  | "sil"
  | "rul"
  | "run";

/** A new id such as `qry_01k2…`; `nowMs` is the creation time in milliseconds since the Unix epoch. */
export function newId(prefix: IdPrefix, nowMs: number): string {
  let time = "";
  let rest = Math.floor(nowMs);
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    time = ALPHABET[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  let random = "";
  let bits = 0;
  let buffer = 0;
  for (const byte of takeRandom()) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      random += ALPHABET[(buffer >>> bits) & 31];
    }
    buffer &= (1 << bits) - 1;
  }
  return `${prefix}_${time}${random}`;
}

/** The generator is asked for many ids' worth at a time: the call costs more than the bytes. */
const pool = Buffer.alloc(RANDOM_BYTES * 256);
let used = pool.length;

function takeRandom(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += RANDOM_BYTES;
  return pool.subarray(used - RANDOM_BYTES, used);
}

/** Prefixed identifiers that sort by creation time: 48 bits of milliseconds and 80 random bits (the ULID layout). */
import { randomFillSync } from "node:crypto";

/** Crockford's base 32: no I, L, O or U, so that a person can read an id aloud. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
/** Two characters at a time: ten bits. */
const PAIR = 1_024;
const PAIRS = Array.from(
  { length: PAIR },
  (_, bits) => `${ALPHABET[bits >>> 5]}${ALPHABET[bits & 31]}`,
);
const TIME_PAIRS = 5;
/** Of 16 random bits each gives ten. */
const RANDOM_PAIRS = 8;

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
  let rest = Math.floor(nowMs);
  let time = "";
  for (let pair = 0; pair < TIME_PAIRS; pair++) {
    time = PAIRS[rest % PAIR] + time;
    rest = Math.floor(rest / PAIR);
  }
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const end = used + RANDOM_PAIRS;
  let random = "";
  while (used < end) random += PAIRS[(pool[used++] as number) % PAIR];
  return `${prefix}_${time}${random}`;
}

/** The generator is asked for many ids' worth at a time: the call costs more than the bytes. */
const pool = new Uint16Array(RANDOM_PAIRS * 256);
let used = pool.length;

/**
 * PostgreSQL's text format → JSON text, by type; numbers are passed through as they came. Integers and numerics become
 * JSON numbers where a double holds them exactly and strings where it would not, since most readers would round them;
 * numbers inside json are left as they are. Times are ISO 8601; bytes are base64.
 */
import type { JsonCell, JsonValue } from "../../sources/ports.ts";

type Encoder = (text: string) => JsonCell;

const quote: Encoder = (text) => JSON.stringify(text);
const boolean: Encoder = (text) => (text === "t" ? "true" : "false");
const small: Encoder = (text) => text;

/** Every integer of this many characters, its sign included, is a safe one. */
const SAFE_CHARACTERS = 15;
const integer: Encoder = (text) =>
  text.length <= SAFE_CHARACTERS || Number.isSafeInteger(Number(text)) ? text : `"${text}"`;

/** NaN and the infinities have no JSON number; every other number ends with a digit. */
const float: Encoder = (text) => {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0x30 && last <= 0x39 ? text : `"${text}"`;
};

/** Every decimal of at most 15 significant digits survives the trip through a double in its normal range. */
const EXACT_DIGITS = 15;
/** DBL_MIN: below it a double loses digits, and then the value. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;
const numeric: Encoder = (text) => {
  // So short a text has no more digits than that, and no room for the zeros of a tiny value.
  if (text.length <= EXACT_DIGITS) return float(text);
  const digits = text.replace(/^-?0*\.?0*|\./g, "").length;
  if (digits > EXACT_DIGITS) return `"${text}"`;
  const isTooSmall = digits > 0 && Math.abs(Number(text)) < SMALLEST_NORMAL;
  return isTooSmall ? `"${text}"` : float(text);
};

/** `2026-11-22 14:57:00.123+00` → `2026-11-22T14:57:00.123Z`; the session runs in UTC. */
const timestamptz: Encoder = (text) => {
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(10) !== 0x20) return quote(text);
  if (text.endsWith("+00")) return `"${text.slice(0, 10)}T${text.slice(11, -3)}Z"`;
  const time = Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  return quote(Number.isNaN(time) ? text : new Date(time).toISOString());
};
const timestamp: Encoder = (text) =>
  text.charCodeAt(10) === 0x20 && text.length >= 19 && !text.endsWith("BC")
    ? `"${text.slice(0, 10)}T${text.slice(11)}"`
    : quote(text);
const bytes: Encoder = (text) =>
  text.startsWith("\\x")
    ? `"${Buffer.from(text.slice(2), "hex").toString("base64")}"`
    : quote(text);
/** A line break can only stand between the tokens: inside a string it would be escaped. */
const json: Encoder = (text) => (/[\r\n]/.test(text) ? text.replaceAll(/[\r\n]+/g, " ") : text);

interface TypeEntry {
  readonly name: string;
  readonly encode: Encoder;
  /** The type of its arrays. */
  readonly array?: number;
}

/** By OID, from pg_type.dat of PostgreSQL 18: built-in OIDs never change. */
const builtin: Readonly<Record<number, TypeEntry>> = {
  16: { name: "boolean", encode: boolean, array: 1000 },
  17: { name: "bytea", encode: bytes, array: 1001 },
  18: { name: "char", encode: quote },
  19: { name: "name", encode: quote, array: 1003 },
  20: { name: "bigint", encode: integer, array: 1016 },
  21: { name: "smallint", encode: small, array: 1005 },
  23: { name: "integer", encode: small, array: 1007 },
  25: { name: "text", encode: quote, array: 1009 },
  26: { name: "oid", encode: small, array: 1028 },
  114: { name: "json", encode: json, array: 199 },
  700: { name: "real", encode: float, array: 1021 },
  701: { name: "double precision", encode: float, array: 1022 },
  1042: { name: "character", encode: quote, array: 1014 },
  1043: { name: "character varying", encode: quote, array: 1015 },
  1082: { name: "date", encode: quote, array: 1182 },
  1083: { name: "time without time zone", encode: quote, array: 1183 },
  1114: { name: "timestamp without time zone", encode: timestamp, array: 1115 },
  1184: { name: "timestamp with time zone", encode: timestamptz, array: 1185 },
  1186: { name: "interval", encode: quote, array: 1187 },
  1266: { name: "time with time zone", encode: quote, array: 1270 },
  1700: { name: "numeric", encode: numeric, array: 1231 },
  2950: { name: "uuid", encode: quote, array: 2951 },
  3802: { name: "jsonb", encode: json, array: 3807 },
};

const byOid = new Map<number, TypeEntry>();
for (const [oid, entry] of Object.entries(builtin)) {
  byOid.set(Number(oid), entry);
  if (entry.array !== undefined)
    byOid.set(entry.array, {
      name: `${entry.name}[]`,
      encode: (text) => encodeArrayCell(text, entry.encode),
    });
}
const unknown: TypeEntry = { name: "other", encode: quote };

export function typeName(oid: number): string {
  return (byOid.get(oid) ?? unknown).name;
}

export function encoderOf(oid: number): Encoder {
  return (byOid.get(oid) ?? unknown).encode;
}

/** PostgreSQL's array literal: `{1,NULL,"a \"b\"",{2}}`; a dimension prefix `[0:1]=` is skipped. */
export function encodeArrayCell(text: string, encode: Encoder): JsonCell {
  let at = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  const readList = (): JsonCell => {
    const items: JsonCell[] = [];
    at++;
    while (at < text.length && text[at] !== "}") {
      if (text[at] === ",") at++;
      else if (text[at] === "{") items.push(readList());
      else items.push(readItem());
    }
    at++;
    return `[${items.join(",")}]`;
  };
  const readItem = (): JsonCell => {
    if (text[at] === '"') return encode(readQuoted());
    const start = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at++;
    const bare = text.slice(start, at);
    return bare === "NULL" ? "null" : encode(bare);
  };
  const readQuoted = (): string => {
    let value = "";
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === "\\") at++;
      value += text[at];
    }
    at++;
    return value;
  };
  return readList();
}

/** A parameter as PostgreSQL's text, or null: what is bound, never written into a statement. */
export function encodeParameter(value: JsonValue): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return encodeArray(value as readonly JsonValue[]);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function encodeArray(items: readonly JsonValue[]): string {
  const parts = items.map((item) => {
    if (item === null) return "NULL";
    if (Array.isArray(item)) return encodeArray(item as readonly JsonValue[]);
    return `"${String(encodeParameter(item)).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  });
  return `{${parts.join(",")}}`;
}

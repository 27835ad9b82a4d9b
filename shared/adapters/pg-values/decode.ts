/**
 * PostgreSQL's text format → JSON values, by type. Integers and numerics become JSON numbers where a double holds
 * them exactly, and stay text where it would not: nothing is rounded, but for numbers inside json, which are read as JSON numbers. Times are ISO 8601; bytes are base64.
 */
import type { JsonValue } from "../../sources/ports.ts";

type Decoder = (text: string) => JsonValue;

const keep: Decoder = (text) => text;
const boolean: Decoder = (text) => text === "t";
const small: Decoder = (text) => Number(text);

const integer: Decoder = (text) => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
};

/** NaN and the infinities have no JSON number. */
const float: Decoder = (text) => {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
};

/** Every decimal of at most 15 significant digits survives the trip through a double in its normal range. */
const EXACT_DIGITS = 15;
/** DBL_MIN: below it a double loses digits, and then the value. */
const SMALLEST_NORMAL = 2.2250738585072014e-308;
const numeric: Decoder = (text) => {
  const digits = text.replace(/^-?0*\.?0*|\./g, "").length;
  if (digits > EXACT_DIGITS) return text;
  const value = float(text);
  return digits > 0 && Math.abs(Number(value)) < SMALLEST_NORMAL ? text : value;
};

/** `2026-11-22 14:57:00.123+00` → `2026-11-22T14:57:00.123Z`; the session runs in UTC. */
const timestamptz: Decoder = (text) => {
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(10) !== 0x20) return text;
  if (text.endsWith("+00")) return `${text.slice(0, 10)}T${text.slice(11, -3)}Z`;
  const time = Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  return Number.isNaN(time) ? text : new Date(time).toISOString();
};
const timestamp: Decoder = (text) =>
  text.charCodeAt(10) === 0x20 && text.length >= 19 && !text.endsWith("BC")
    ? `${text.slice(0, 10)}T${text.slice(11)}`
    : text;
const bytes: Decoder = (text) =>
  text.startsWith("\\x") ? Buffer.from(text.slice(2), "hex").toString("base64") : text;
const json: Decoder = (text) => JSON.parse(text) as JsonValue;

interface TypeEntry {
  readonly name: string;
  readonly decode: Decoder;
  /** The type of its arrays. */
  readonly array?: number;
}

/** By OID, from pg_type.dat of PostgreSQL 18: built-in OIDs never change. */
const builtin: Readonly<Record<number, TypeEntry>> = {
  16: { name: "boolean", decode: boolean, array: 1000 },
  17: { name: "bytea", decode: bytes, array: 1001 },
  18: { name: "char", decode: keep },
  19: { name: "name", decode: keep, array: 1003 },
  20: { name: "bigint", decode: integer, array: 1016 },
  21: { name: "smallint", decode: small, array: 1005 },
  23: { name: "integer", decode: small, array: 1007 },
  25: { name: "text", decode: keep, array: 1009 },
  26: { name: "oid", decode: small, array: 1028 },
  114: { name: "json", decode: json, array: 199 },
  700: { name: "real", decode: float, array: 1021 },
  701: { name: "double precision", decode: float, array: 1022 },
  1042: { name: "character", decode: keep, array: 1014 },
  1043: { name: "character varying", decode: keep, array: 1015 },
  1082: { name: "date", decode: keep, array: 1182 },
  1083: { name: "time without time zone", decode: keep, array: 1183 },
  1114: { name: "timestamp without time zone", decode: timestamp, array: 1115 },
  1184: { name: "timestamp with time zone", decode: timestamptz, array: 1185 },
  1186: { name: "interval", decode: keep, array: 1187 },
  1266: { name: "time with time zone", decode: keep, array: 1270 },
  1700: { name: "numeric", decode: numeric, array: 1231 },
  2950: { name: "uuid", decode: keep, array: 2951 },
  3802: { name: "jsonb", decode: json, array: 3807 },
};

const byOid = new Map<number, TypeEntry>();
for (const [oid, entry] of Object.entries(builtin)) {
  byOid.set(Number(oid), entry);
  if (entry.array !== undefined)
    byOid.set(entry.array, {
      name: `${entry.name}[]`,
      decode: (text) => decodeArray(text, entry.decode),
    });
}
const unknown: TypeEntry = { name: "other", decode: keep };

export function typeName(oid: number): string {
  return (byOid.get(oid) ?? unknown).name;
}

export function decoderOf(oid: number): Decoder {
  return (byOid.get(oid) ?? unknown).decode;
}

/** PostgreSQL's array literal: `{1,NULL,"a \"b\"",{2}}`; a dimension prefix `[0:1]=` is skipped. */
export function decodeArray(text: string, decode: Decoder): JsonValue {
  let at = text.startsWith("[") ? text.indexOf("=") + 1 : 0;
  const readList = (): JsonValue[] => {
    const items: JsonValue[] = [];
    at++;
    while (at < text.length && text[at] !== "}") {
      if (text[at] === ",") at++;
      else if (text[at] === "{") items.push(readList());
      else items.push(readItem());
    }
    at++;
    return items;
  };
  const readItem = (): JsonValue => {
    if (text[at] === '"') return decode(readQuoted());
    const start = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at++;
    const bare = text.slice(start, at);
    return bare === "NULL" ? null : decode(bare);
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

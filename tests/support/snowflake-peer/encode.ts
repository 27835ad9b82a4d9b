/** PostgreSQL's text forms → Snowflake's result format: the column's metadata (`rowtype`) and the rows as texts. */

export interface RowType {
  name: string;
  type: string;
  nullable: boolean;
  scale: number | null;
  precision: number | null;
  length: number | null;
}

export type SnowflakeRow = readonly (string | null)[];

interface Encoding {
  readonly type: string;
  readonly scale?: number;
  readonly encode: (text: string) => string;
}

const keep = (text: string) => text;

const real = (text: string) => (text === "Infinity" ? "inf" : text === "-Infinity" ? "-inf" : text);

const DAY = 86_400;
const days = (text: string) => String(Date.parse(`${text}T00:00:00Z`) / 1_000 / DAY);

/** `12:30:00.5` → seconds since midnight with nine decimals. */
const seconds = (text: string) => {
  const [whole, part = ""] = text.split(".");
  const [h, m, s] = (whole ?? "").split(":").map(Number);
  return `${(h ?? 0) * 3_600 + (m ?? 0) * 60 + (s ?? 0)}.${part.padEnd(9, "0")}`;
};

/** `2026-03-01 12:00:00.123456[+00]` → seconds since 1970 with nine decimals; before 1970 the fraction counts forward. */
export function epoch(text: string): string {
  const [, whole = "", part = "", zone = "+00"] =
    /^(\d+-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))?([+-]\d\d(?::\d\d)?)?$/.exec(text) ?? [];
  const offset = zone.length === 3 ? `${zone}:00` : zone;
  const at = Date.parse(`${whole.replace(" ", "T")}${offset === "+00:00" ? "Z" : offset}`) / 1_000;
  const nanos = part.padEnd(9, "0");
  if (at >= 0 || Number(nanos) === 0) return `${at}.${nanos}`;
  return `${at === -1 ? "-0" : at + 1}.${String(1_000_000_000 - Number(nanos)).padStart(9, "0")}`;
}

/** `("2026-03-01 06:30:00+00",330)` → `<epoch> <offset + 1440>`. */
const zoned = (text: string) => {
  const [, at = "", offset = "0"] = /^\("([^"]*)",(-?\d+)\)$/.exec(text) ?? [];
  return `${epoch(at)} ${Number(offset) + 1_440}`;
};

const byOid: Readonly<Record<number, Encoding>> = {
  16: { type: "boolean", encode: (text) => (text === "t" || text === "true" ? "1" : "0") },
  17: { type: "binary", encode: (text) => text.replace(/^\\x/, "").toUpperCase() },
  20: { type: "fixed", scale: 0, encode: keep },
  21: { type: "fixed", scale: 0, encode: keep },
  23: { type: "fixed", scale: 0, encode: keep },
  114: { type: "variant", encode: keep },
  700: { type: "real", encode: real },
  701: { type: "real", encode: real },
  1082: { type: "date", encode: days },
  1083: { type: "time", scale: 9, encode: seconds },
  1114: { type: "timestamp_ntz", scale: 9, encode: epoch },
  1184: { type: "timestamp_ltz", scale: 9, encode: epoch },
  1700: { type: "fixed", encode: keep },
  3802: { type: "variant", encode: keep },
};
const text: Encoding = { type: "text", encode: keep };
const withZone: Encoding = { type: "timestamp_tz", scale: 9, encode: zoned };

export interface EngineResult {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** `zoneOid` is the OID of the engine's own type for TIMESTAMP_TZ. */
export function encodeResult(result: EngineResult, zoneOid: number) {
  const encodings = result.fields.map(({ dataTypeID }) =>
    dataTypeID === zoneOid ? withZone : (byOid[dataTypeID] ?? text),
  );
  const rows: SnowflakeRow[] = result.rows.map((row) =>
    row.map((cell, i) => (cell === null ? null : (encodings[i] as Encoding).encode(cell))),
  );
  const rowtype = result.fields.map(({ name }, i) =>
    rowType(name, encodings[i] as Encoding, rows, i),
  );
  return { rowtype, rows };
}

function rowType(
  name: string,
  encoding: Encoding,
  rows: readonly SnowflakeRow[],
  at: number,
): RowType {
  const fixed = encoding.type === "fixed";
  return {
    // What was not quoted is stored in upper case.
    name: name === name.toLowerCase() ? name.toUpperCase() : name,
    type: encoding.type,
    nullable: true,
    scale: encoding.scale ?? (fixed ? decimals(rows, at) : null),
    precision: fixed ? 38 : null,
    length: encoding.type === "text" ? 16_777_216 : null,
  };
}

function decimals(rows: readonly SnowflakeRow[], at: number): number {
  let most = 0;
  for (const row of rows) most = Math.max(most, (row[at] ?? "").split(".")[1]?.length ?? 0);
  return most;
}

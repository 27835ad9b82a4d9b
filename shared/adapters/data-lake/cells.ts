/**
 * DuckDB's values → JSON text, by type, under the same rules as PostgreSQL's: a number that a double would round is a
 * string, times are ISO 8601 and in UTC, bytes are base64, NaN and the infinities are strings.
 */
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { JsonCell } from "../../sources/ports.ts";

type Duckdb = typeof import("@duckdb/node-api");
type Encoder = (value: DuckDBValue) => JsonCell;

const quote: Encoder = (value) => JSON.stringify(String(value));
const plain: Encoder = (value) => String(value);
const text: Encoder = (value) => JSON.stringify(value);

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const integer: Encoder = (value) => {
  const number = value as bigint;
  return number <= SAFE && number >= -SAFE ? `${number}` : `"${number}"`;
};

const double: Encoder = (value) => (Number.isFinite(value) ? `${Number(value)}` : `"${value}"`);

/** The shortest decimal that is this float: 0.1, where as a double it is 0.10000000149011612. */
const float: Encoder = (value) => {
  const number = value as number;
  if (!Number.isFinite(number)) return `"${number}"`;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return `${short}`;
  }
  return `${number}`;
};

/** Every decimal of at most 15 significant digits survives the trip through a double; a digit of zero is none. */
const EXACT_BELOW = 10n ** 15n;
const decimal: Encoder = (value) => {
  const digits = (value as { value: bigint }).value;
  return digits < EXACT_BELOW && digits > -EXACT_BELOW ? `${value}` : `"${value}"`;
};

const timestamp: Encoder = (value) => JSON.stringify(isoTime(String(value)));
const isoTime = (time: string): string =>
  time.charCodeAt(10) === 0x20 && time.length >= 19 && !time.endsWith("(BC)")
    ? `${time.slice(0, 10)}T${time.slice(11)}`
    : time;

/** 0001-01-01 and 10000-01-01: between them JavaScript writes the same as DuckDB, many times faster than the driver. */
const FIRST_MS = -62_135_596_800_000;
const END_MS = 253_402_300_800_000;
const DAY_MS = 86_400_000;

/** `2024-01-01T12:00:00.5` without a zone; null outside the years 1 to 9999, or where a double would round. */
function plainTime(micros: bigint): string | null {
  const number = Number(micros);
  const ms = Math.floor(number / 1_000);
  if (!Number.isSafeInteger(number) || ms < FIRST_MS || ms >= END_MS) return null;
  const seconds = new Date(ms).toISOString().slice(0, 19);
  const fraction = number - Math.floor(number / 1_000_000) * 1_000_000;
  return fraction === 0
    ? seconds
    : `${seconds}.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
}

const micros: Encoder = (value) => {
  const time = plainTime((value as { micros: bigint }).micros);
  return time === null ? timestamp(value) : `"${time}"`;
};

/** The ends of the range stand for the infinities; the driver would write days of the year 5881580. */
const INFINITE_DAYS = 2_147_483_647;
const day: Encoder = (value) => {
  const { days } = value as { days: number };
  const ms = days * DAY_MS;
  if (ms >= FIRST_MS && ms < END_MS) return `"${new Date(ms).toISOString().slice(0, 10)}"`;
  if (Math.abs(days) !== INFINITE_DAYS) return quote(value);
  return days > 0 ? '"infinity"' : '"-infinity"';
};

const blob: Encoder = (value) =>
  `"${Buffer.from((value as { bytes: Uint8Array }).bytes).toString("base64")}"`;

/** A file may call JSON what is none. */
const json: Encoder = (value) => {
  const raw = String(value);
  try {
    JSON.parse(raw);
  } catch {
    return JSON.stringify(raw);
  }
  // A line break can only stand between the tokens: inside a string it would be escaped.
  return raw.replaceAll(/[\r\n]+/g, " ").trim();
};

export interface CellType {
  readonly name: string;
  readonly encode: Encoder;
}

export function cellTypeOf(duckdb: Duckdb, type: DuckDBType): CellType {
  const encode = encoderOf(duckdb, type);
  return {
    name: nameOf(duckdb, type),
    encode: (value) => (value === null ? "null" : encode(value)),
  };
}

function nameOf({ DuckDBTypeId }: Duckdb, type: DuckDBType): string {
  if (type.alias) return type.alias.toLowerCase();
  if (type.typeId === DuckDBTypeId.ENUM) return "enum";
  const name = String(type);
  return /[("]/.test(name) && !/^DECIMAL\(/.test(name) ? name : name.toLowerCase();
}

function encoderOf(duckdb: Duckdb, type: DuckDBType): Encoder {
  const { DuckDBTypeId: Id } = duckdb;
  if (type.alias?.toLowerCase() === "json") return json;
  return scalarOf(duckdb, type.typeId) ?? nestedOf(duckdb, type, Id) ?? quote;
}

function scalarOf(duckdb: Duckdb, id: number): Encoder | undefined {
  const { DuckDBTypeId: Id } = duckdb;
  switch (id) {
    case Id.BOOLEAN:
    case Id.TINYINT:
    case Id.SMALLINT:
    case Id.INTEGER:
    case Id.UTINYINT:
    case Id.USMALLINT:
    case Id.UINTEGER:
      return plain;
    case Id.BIGINT:
    case Id.UBIGINT:
    case Id.HUGEINT:
    case Id.UHUGEINT:
    case Id.BIGNUM:
      return integer;
    case Id.FLOAT:
      return float;
    case Id.DOUBLE:
      return double;
    case Id.DECIMAL:
      return decimal;
    case Id.VARCHAR:
    case Id.ENUM:
      return text;
    case Id.BLOB:
      return blob;
    case Id.DATE:
      return day;
    case Id.TIMESTAMP:
      return micros;
    case Id.TIMESTAMP_S:
    case Id.TIMESTAMP_MS:
    case Id.TIMESTAMP_NS:
      return timestamp;
    case Id.TIMESTAMP_TZ:
      return (value) => utc(duckdb, (value as { micros: bigint }).micros);
    default:
      return undefined;
  }
}

/** The driver would write it in the time zone of this machine. */
function utc({ DuckDBTimestampValue }: Duckdb, at: bigint): JsonCell {
  const known = plainTime(at);
  if (known !== null) return `"${known}Z"`;
  const time = isoTime(String(new DuckDBTimestampValue(at)));
  return JSON.stringify(/^\d{4}-.*T/.test(time) ? `${time}Z` : time);
}

interface Nested {
  readonly valueType: DuckDBType;
  readonly keyType: DuckDBType;
  readonly entryTypes: readonly DuckDBType[];
  readonly entryNames: readonly string[];
  readonly memberTags: readonly string[];
  readonly memberTypes: readonly DuckDBType[];
}

function nestedOf(
  duckdb: Duckdb,
  type: DuckDBType,
  Id: Duckdb["DuckDBTypeId"],
): Encoder | undefined {
  const nested = type as unknown as Nested;
  switch (type.typeId) {
    case Id.LIST:
    case Id.ARRAY: {
      const { encode } = cellTypeOf(duckdb, nested.valueType);
      return (value) =>
        `[${(value as { items: readonly DuckDBValue[] }).items.map(encode).join(",")}]`;
    }
    case Id.STRUCT:
      return structOf(duckdb, nested);
    case Id.MAP:
      return mapOf(duckdb, nested);
    case Id.UNION: {
      const members = new Map(
        nested.memberTags.map((tag, i) => [
          tag,
          cellTypeOf(duckdb, nested.memberTypes[i] as DuckDBType),
        ]),
      );
      return (value) => {
        const { tag, value: inner } = value as { tag: string; value: DuckDBValue };
        return members.get(tag)?.encode(inner) ?? "null";
      };
    }
    default:
      return undefined;
  }
}

function structOf(duckdb: Duckdb, { entryNames, entryTypes }: Nested): Encoder {
  const entries = entryNames.map(
    (name, i) =>
      [name, `${JSON.stringify(name)}:`, cellTypeOf(duckdb, entryTypes[i] as DuckDBType)] as const,
  );
  return (value) => {
    const fields = (value as { entries: Readonly<Record<string, DuckDBValue>> }).entries;
    return `{${entries.map(([name, key, { encode }]) => key + encode(fields[name] ?? null)).join(",")}}`;
  };
}

/** Keys that are no texts become texts. */
function mapOf(duckdb: Duckdb, { keyType, valueType }: Nested): Encoder {
  const keys = cellTypeOf(duckdb, keyType);
  const values = cellTypeOf(duckdb, valueType);
  return (value) => {
    const { entries } = value as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] };
    const parts = entries.map((entry) => {
      const key = keys.encode(entry.key);
      return `${key.startsWith('"') ? key : JSON.stringify(key)}:${values.encode(entry.value)}`;
    });
    return `{${parts.join(",")}}`;
  };
}

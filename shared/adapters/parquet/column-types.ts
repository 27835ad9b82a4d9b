/** A source's types as Parquet's, and JSON cells as the values its writer takes. Text is what keeps everything else exact. */
import type { ParquetWriter } from "hyparquet-writer";
import type { JsonCell, ResultColumn } from "../../sources/ports.ts";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

export interface ParquetColumn {
  readonly schema: SchemaElement;
  /** Undefined for a value that the type cannot hold. `cell` is not null. */
  value(cell: JsonCell): ParquetValue | undefined;
}

export type ParquetValue = string | number | bigint | boolean | Uint8Array;

type Kind = Pick<ParquetColumn, "value"> & { readonly element: Omit<SchemaElement, "name"> };

const textOf = (cell: JsonCell): string =>
  cell.startsWith('"') ? (JSON.parse(cell) as string) : cell;

const text: Kind = { element: { type: "BYTE_ARRAY", converted_type: "UTF8" }, value: textOf };
const int32: Kind = {
  element: { type: "INT32" },
  value: (cell) => {
    const value = Number(textOf(cell));
    return Number.isInteger(value) && (value | 0) === value ? value : undefined;
  },
};
const int64: Kind = {
  element: { type: "INT64" },
  value: (cell) => {
    const digits = textOf(cell);
    if (!/^-?\d+$/.test(digits)) return undefined;
    const value = BigInt(digits);
    return BigInt.asIntN(64, value) === value ? value : undefined;
  },
};
/** NaN and the infinities come as texts, and Parquet has them. */
const double: Kind = { element: { type: "DOUBLE" }, value: (cell) => Number(textOf(cell)) };
const float: Kind = { element: { type: "FLOAT" }, value: (cell) => Number(textOf(cell)) };
const boolean: Kind = { element: { type: "BOOLEAN" }, value: (cell) => cell === "true" };
const bytes: Kind = {
  element: { type: "BYTE_ARRAY" },
  value: (cell) => Buffer.from(textOf(cell), "base64"),
};

const DAY_MS = 86_400_000;
const date: Kind = {
  element: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
  value: (cell) => {
    const day = textOf(cell);
    const ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
    return Number.isNaN(ms) ? undefined : ms / DAY_MS;
  },
};

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z?)$/;
const timestamp = (isAdjustedToUTC: boolean): Kind => ({
  element: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC, unit: "MICROS" },
  },
  value: (cell) => {
    const [, seconds, fraction = ""] = TIMESTAMP.exec(textOf(cell)) ?? [];
    const ms = seconds === undefined ? Number.NaN : Date.parse(`${seconds}Z`);
    return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000n + BigInt(fraction.padEnd(6, "0"));
  },
});

/** Anything not named here is text: numerics of any precision, json, uuids, intervals, lists. */
const KINDS: Readonly<Record<string, Kind>> = {
  smallint: int32,
  integer: int32,
  bigint: int64,
  oid: int64,
  real: float,
  "double precision": double,
  double,
  boolean,
  bytea: bytes,
  date,
  "timestamp with time zone": timestamp(true),
  "timestamp without time zone": timestamp(false),
};

export function parquetColumn({ name, type }: ResultColumn): ParquetColumn {
  const { element, value } = KINDS[type] ?? text;
  return { schema: { name, repetition_type: "OPTIONAL", ...element }, value };
}

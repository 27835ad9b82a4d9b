/**
 * The driver's values → JSON text, by type. Numbers become JSON numbers where a double holds them exactly and stay text
 * where it would not: nothing is rounded. Times are ISO 8601 to the nanosecond; bytes are hexadecimal digits.
 */
import type { JsonCell } from "../../sources/ports.ts";

/** What `rowMode: "array"` and FETCH_AS_STRING below give: text, booleans, dates with nanoseconds, bytes. */
export type Cell = (value: unknown) => JsonCell;

/** Native types that the driver leaves as the server's text, so that it does not round or evaluate them. */
export const FETCH_AS_STRING = ["Number", "JSON"] as const;

/** What the driver adds to a Date of a DATE or TIMESTAMP column. */
interface DriverDate extends Date {
  getEpochSeconds(): number;
  getNanoSeconds(): number;
  getTimezone(): string | number;
}

/** By the server's internal type name: the name shown, and how a value is written. */
const kinds: Readonly<Record<string, { readonly name: string; readonly cell: Cell }>> = {
  fixed: { name: "number", cell: (value) => numberCell(String(value)) },
  real: { name: "float", cell: (value) => floatCell(String(value)) },
  decfloat: { name: "decfloat", cell: (value) => numberCell(String(value)) },
  boolean: { name: "boolean", cell: (value) => (value === true ? "true" : "false") },
  text: { name: "text", cell: textCell },
  date: { name: "date", cell: (value) => `"${isoDate(value as DriverDate)}"` },
  time: { name: "time", cell: (value) => `"${dropZeros(String(value))}"` },
  timestamp_ntz: { name: "timestamp_ntz", cell: (value) => `"${isoTime(value as DriverDate)}"` },
  timestamp_ltz: { name: "timestamp_ltz", cell: (value) => `"${isoTime(value as DriverDate)}Z"` },
  timestamp_tz: { name: "timestamp_tz", cell: (value) => `"${isoOffset(value as DriverDate)}"` },
  binary: {
    name: "binary",
    cell: (value) => `"${Buffer.from(value as Uint8Array).toString("hex")}"`,
  },
  variant: { name: "variant", cell: jsonCell },
  object: { name: "object", cell: jsonCell },
  array: { name: "array", cell: jsonCell },
  map: { name: "map", cell: jsonCell },
};
const other = { name: "other", cell: textCell };

export function columnType(type: string): string {
  return (kinds[type.toLowerCase()] ?? other).name;
}

export function cellOf(type: string): Cell {
  const { cell } = kinds[type.toLowerCase()] ?? other;
  return (value) => (value === null || value === undefined ? "null" : cell(value));
}

/** Every decimal of at most 15 significant digits survives the trip through a double. */
const EXACT_DIGITS = 15;

function numberCell(text: string): JsonCell {
  if (!/^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return textCell(text);
  const value = Number(text);
  const digits = text.replace(/[eE].*$/, "").replace(/^-?0*\.?0*|\./g, "").length;
  const exact = Number.isSafeInteger(value) ? !text.includes(".") : false;
  return exact || digits <= EXACT_DIGITS ? String(value === 0 ? 0 : value) : textCell(text);
}

/** NaN and the infinities have no JSON number; Snowflake writes them `NaN`, `inf` and `-inf`. */
const named: Readonly<Record<string, string>> = {
  nan: '"NaN"',
  inf: '"Infinity"',
  "-inf": '"-Infinity"',
  infinity: '"Infinity"',
  "-infinity": '"-Infinity"',
};

function floatCell(text: string): JsonCell {
  const value = Number(text);
  return Number.isFinite(value)
    ? String(value === 0 ? 0 : value)
    : (named[text.toLowerCase()] ?? textCell(text));
}

function textCell(value: unknown): JsonCell {
  return JSON.stringify(String(value));
}

/** Blanks between the parts of a JSON text: the server sends it indented, and a cell is one line. */
const STRING_OR_BLANKS = /"(?:[^"\\]|\\.)*"|\s+/g;

/** The server's own JSON text, numbers untouched; what is no JSON is given as text. */
function jsonCell(value: unknown): JsonCell {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  try {
    JSON.parse(text);
  } catch {
    return textCell(text);
  }
  return text.replace(STRING_OR_BLANKS, (part) => (part.startsWith('"') ? part : ""));
}

function isoDate(date: DriverDate): string {
  return calendar(date.getEpochSeconds()).slice(0, -9);
}

function isoTime(date: DriverDate): string {
  return calendar(date.getEpochSeconds()) + fraction(date.getNanoSeconds());
}

/** The wall clock of the value's own offset, and the offset. */
function isoOffset(date: DriverDate): string {
  const zone = date.getTimezone();
  const minutes = typeof zone === "number" ? zone : 0;
  const wall = calendar(date.getEpochSeconds() + minutes * 60) + fraction(date.getNanoSeconds());
  if (minutes === 0) return `${wall}Z`;
  const two = (value: number) => String(value).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${wall}${minutes < 0 ? "-" : "+"}${two(Math.trunc(size / 60))}:${two(size % 60)}`;
}

/** `2026-03-01T12:00:00`, of any year that Snowflake has (0 to 9999). */
function calendar(epochSeconds: number): string {
  return new Date(epochSeconds * 1_000).toISOString().replace(/\.\d+Z$/, "");
}

function fraction(nanoSeconds: number): string {
  return nanoSeconds === 0 ? "" : dropZeros(`.${String(nanoSeconds).padStart(9, "0")}`);
}

/** `12:30:00.500000000` → `12:30:00.5`. */
function dropZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

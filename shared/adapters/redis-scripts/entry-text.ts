/**
 * A cached result as text: one line about it, then its rows, compressed where they are many. The line's parts have a tab
 * between: a few plain facts, then what the result was made of and its columns as JSON, which has no tabs of its own. A
 * hit reads the line and sends the rows as they are.
 */
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { CacheEntry, Evidence, RowFormat } from "../../cache/ports.ts";
import { type ResultShape, renderedBefore } from "../../query/rendered-result.ts";
import type { ResultColumn } from "../../sources/ports.ts";
import { DIGEST_LENGTH, STAMP_LENGTH } from "./scripts.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Below it compressing takes longer than sending. */
const COMPRESS_FROM_BYTES = 65_536;
/** What one compressed entry may become again: no store is trusted to hold only what we put there. V8's text ends there. */
const MOST_BYTES = 500 * 1_048_576;

/**
 * `bornAt`: wall clock of the instance at the statement's start, in milliseconds, a second opinion on the entry's age.
 * `packed`: whether the rows are compressed.
 */
type Line = [
  bornAt: string,
  costMs: string,
  rowCount: string,
  format: string,
  truncated: string,
  packed: string,
  evidence: string,
  columnsJson: string,
];

export async function writeEntry(entry: CacheEntry, bornAt: number): Promise<string> {
  const { result, evidence } = entry;
  const rows = result.rowsBytes(result.format);
  const packed = rows.byteLength >= COMPRESS_FROM_BYTES;
  const line: Line = [
    String(bornAt),
    String(Math.round(entry.costMs * 1_000) / 1_000),
    String(result.rowCount),
    result.format,
    String(result.truncated),
    String(packed),
    JSON.stringify(evidence),
    result.columnsJson,
  ];
  const body = packed ? (await compress(rows)).toString("base64") : result.rowsJson(result.format);
  return `${line.join("\t")}\n${body}`;
}

export interface ReadEntry {
  readonly entry: CacheEntry;
  /** When it was born by the server's clock, and by that of its instance. */
  readonly stampedAt: number;
  readonly bornAt: number;
}

/** Null for bytes that are no entry: one of another release, or of somebody else. A promise only where it is compressed. */
export type EntryReader = (stored: Buffer) => ReadEntry | null | Promise<ReadEntry | null>;

/** What stands in the first line. */
interface Head extends Omit<ReadEntry, "entry">, Pick<CacheEntry, "evidence" | "costMs"> {
  readonly shape: ResultShape;
  readonly packed: boolean;
}

const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 4_096;
/** Most first lines are shorter. */
const GLANCE = 512;

/**
 * Rows that are too large to stay in memory are read again and again: what their first line says is remembered. And many
 * results are made of the same and have the same columns, which are then read, and kept, once.
 */
export function createEntryReader(): EntryReader {
  const known = new LRUCache<string, Head>({ max: MOST_REMEMBERED });
  const readHead = createHeadReader();
  const headOf = (stored: Buffer, line: string): Head | null => {
    const before = known.get(line);
    if (before !== undefined) return before;
    const head = readHead(stored.toString("utf8", 0, line.length));
    if (head !== null && line.length <= LONGEST_REMEMBERED) known.set(line, head);
    return head;
  };
  return (stored) => {
    const line = firstLine(stored);
    const head = line === null ? null : headOf(stored, line);
    if (line === null || head === null) return null;
    const { stampedAt, bornAt, evidence, costMs, shape } = head;
    const entryOf = (rows: Buffer): ReadEntry => ({
      entry: { result: renderedBefore(shape, rows), evidence, costMs },
      stampedAt,
      bornAt,
    });
    const body = stored.subarray(line.length + 1);
    return head.packed ? unpack(body).then(entryOf, () => null) : entryOf(ofItsOwn(body));
  };
}

/** A character for each byte, without the line feed; null where there is none. */
function firstLine(stored: Buffer): string | null {
  const glance = stored.toString("latin1", 0, GLANCE);
  const end = glance.indexOf("\n");
  if (end >= 0) return glance.slice(0, end);
  const far = stored.indexOf("\n", GLANCE);
  return far < 0 ? null : stored.toString("latin1", 0, far);
}

/** The argument is the first line: stamp and digest, which the store's script has put in front, and what `writeEntry` wrote. */
function createHeadReader(): (text: string) => Head | null {
  const evidenceOf = remembering(asEvidence);
  const columnsOf = remembering(asColumns);
  return (text) => {
    const parts = text.slice(STAMP_LENGTH + DIGEST_LENGTH).split("\t");
    if (parts.length !== PARTS) return null;
    const [bornAt, costMs, rowCount, format, truncated, packed, evidence, columns] = parts as Line;
    const told = {
      stampedAt: numberOf(text.slice(0, STAMP_LENGTH)),
      bornAt: numberOf(bornAt),
      costMs: numberOf(costMs),
      rowCount: numberOf(rowCount),
      truncated: flagOf(truncated),
      packed: flagOf(packed),
      evidence: evidenceOf(evidence),
      shown: columnsOf(columns),
    };
    const sound = Number.isFinite(told.stampedAt + told.bornAt + told.costMs);
    if (!sound || !Number.isSafeInteger(told.rowCount) || !isFormat(format) || !isWhole(told))
      return null;
    const { shown, truncated: isCut, rowCount: count, ...head } = told;
    return { ...head, shape: { ...shown, rowCount: count, truncated: isCut, format } };
  };
}

/** What was read of a text is remembered. A part of a line would keep all of the line in memory: the text is copied. */
function remembering<T extends object>(as: (text: string) => T | null) {
  const known = new LRUCache<string, T>({ max: MOST_REMEMBERED });
  return (part: string): T | null => {
    const before = known.get(part);
    if (before !== undefined) return before;
    const text = Buffer.from(part).toString();
    const read = as(text);
    if (read !== null && text.length <= LONGEST_REMEMBERED) known.set(text, read);
    return read;
  };
}

const PARTS = 8;

type Whole<T> = { [K in keyof T]: NonNullable<T[K]> };

const isWhole = <T extends object>(told: T): told is T & Whole<T> =>
  Object.values(told).every((one) => one !== null);

const numberOf = (text: string): number => (NUMBER.test(text) ? Number(text) : Number.NaN);

const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/;

const flagOf = (text: string): boolean | null =>
  text === "true" || (text === "false" ? false : null);

const isFormat = (text: string): text is RowFormat => text === "objects" || text === "arrays";

/** What came over a connection in one go may be much more than these rows, and all of it would be kept with them. */
const ofItsOwn = (rows: Buffer): Buffer =>
  rows.buffer.byteLength > 2 * rows.byteLength ? Buffer.from(new Uint8Array(rows).buffer) : rows;

function asEvidence(text: string): Evidence | null {
  const { epochs, tokens } = (parseOrNull(text) ?? {}) as Partial<Evidence>;
  return isRecord(epochs) && isRecord(tokens) ? { epochs, tokens } : null;
}

function asColumns(columnsJson: string): Pick<ResultShape, "columns" | "columnsJson"> | null {
  const columns = parseOrNull(columnsJson);
  return Array.isArray(columns) && columns.every(isColumn) ? { columns, columnsJson } : null;
}

const isColumn = (one: Partial<ResultColumn> | null): boolean =>
  typeof one?.name === "string" && typeof one.type === "string";

const isRecord = <T>(value: T | undefined): value is T =>
  typeof value === "object" && value !== null;

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unpack(body: Buffer): Promise<Buffer> {
  const options = { maxOutputLength: MOST_BYTES };
  return decompress(Buffer.from(body.toString("latin1"), "base64"), options);
}

/**
 * A cached result as text: one line about it, then its rows, compressed where they are many. The line has a few facts,
 * what the result was made of, and its columns, each as JSON with a tab between (JSON has none of its own). A hit reads
 * the line and sends the rows as they are.
 */
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { CacheEntry, Evidence, RowFormat } from "../../cache/ports.ts";
import { renderedBefore } from "../../query/rendered-result.ts";
import type { ResultColumn } from "../../sources/ports.ts";

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
type Facts = readonly [
  bornAt: number,
  costMs: number,
  rowCount: number,
  format: RowFormat,
  truncated: boolean,
  packed: boolean,
];

export async function writeEntry(entry: CacheEntry, bornAt: number): Promise<string> {
  const { result, evidence } = entry;
  const rows = result.rowsBytes(result.format);
  const packed = rows.byteLength >= COMPRESS_FROM_BYTES;
  const costMs = Math.round(entry.costMs * 1_000) / 1_000;
  const facts: Facts = [bornAt, costMs, result.rowCount, result.format, result.truncated, packed];
  const body = packed ? (await compress(rows)).toString("base64") : result.rowsJson(result.format);
  return `${JSON.stringify(facts)}\t${JSON.stringify(evidence)}\t${result.columnsJson}\n${body}`;
}

export interface ReadEntry {
  readonly entry: CacheEntry;
  readonly bornAt: number;
}

/** Null for bytes that are no entry: one of another release, or of somebody else. A promise only where it is compressed. */
export type EntryReader = (
  bytes: Buffer,
  from: number,
) => ReadEntry | null | Promise<ReadEntry | null>;

export function createEntryReader(): EntryReader {
  const evidenceOf = remembering(asEvidence);
  const columnsOf = remembering(asColumns);
  return (bytes, from) => {
    const madeAt = bytes.indexOf(TAB, from) + 1;
    const columnsAt = bytes.indexOf(TAB, madeAt) + 1;
    const rowsAt = bytes.indexOf(LINE_FEED, from) + 1;
    if (madeAt === 0 || columnsAt <= madeAt || rowsAt <= columnsAt) return null;
    // Each text by itself: a part of another would keep all of that in memory.
    const facts = readFacts(bytes.toString("latin1", from, madeAt - 1));
    const evidence = evidenceOf(bytes.toString("utf8", madeAt, columnsAt - 1));
    const columnsJson = bytes.toString("utf8", columnsAt, rowsAt - 1);
    const columns = columnsOf(columnsJson);
    if (facts === null || evidence === null || columns === null) return null;
    const [bornAt, costMs, rowCount, format, truncated, packed] = facts;
    const shape = { columns, columnsJson, rowCount, truncated, format };
    const entryOf = (rows: Buffer): ReadEntry => ({
      entry: { result: renderedBefore(shape, rows), evidence, costMs },
      bornAt,
    });
    const body = bytes.subarray(rowsAt);
    if (!packed) return entryOf(ofItsOwn(body));
    return unpack(body).then(entryOf, () => null);
  };
}

const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 4_096;

/** Many results are made of the same, and have the same columns: what was read of a text is remembered. */
function remembering<T extends object>(as: (value: unknown) => T | null) {
  const known = new LRUCache<string, T>({ max: MOST_REMEMBERED });
  return (text: string): T | null => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const read = as(parseOrNull(text));
    if (read !== null && text.length <= LONGEST_REMEMBERED) known.set(text, read);
    return read;
  };
}

/** What came over a connection in one go may be much more than these rows, and all of it would be kept with them. */
const ofItsOwn = (rows: Buffer): Buffer =>
  rows.buffer.byteLength > 2 * rows.byteLength ? Buffer.from(new Uint8Array(rows).buffer) : rows;

const TAB = 9;
const LINE_FEED = 10;

function readFacts(text: string): Facts | null {
  const facts = parseOrNull(text);
  return Array.isArray(facts) && areFacts(facts) ? facts : null;
}

const areFacts = (facts: readonly unknown[]): facts is Facts =>
  facts.length === 6 &&
  Number.isFinite(facts[0]) &&
  Number.isFinite(facts[1]) &&
  Number.isSafeInteger(facts[2]) &&
  (facts[3] === "objects" || facts[3] === "arrays") &&
  typeof facts[4] === "boolean" &&
  typeof facts[5] === "boolean";

function asEvidence(value: unknown): Evidence | null {
  const { epochs, tokens } = (value ?? {}) as Partial<Evidence>;
  return isRecord(epochs) && isRecord(tokens) ? { epochs, tokens } : null;
}

function asColumns(value: unknown): readonly ResultColumn[] | null {
  const sound =
    Array.isArray(value) &&
    value.every((one) => typeof one?.name === "string" && typeof one.type === "string");
  return sound ? value : null;
}

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

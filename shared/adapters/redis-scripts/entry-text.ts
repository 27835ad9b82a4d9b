/**
 * A cached result as text: one line about it, then its rows, compressed where they are many. The line has a few facts,
 * what the result was made of, and its columns, each as JSON with a tab between (JSON has none of its own). A hit reads
 * the first two, and sends the rest as it is.
 */
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { CacheEntry, Evidence, RowFormat } from "../../cache/ports.ts";
import { renderedBefore } from "../../query/rendered-result.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Below it compressing takes longer than sending. */
const COMPRESS_FROM_CHARACTERS = 65_536;
/** What one compressed entry may become again: no store is trusted to hold only what we put there. */
const MOST_CHARACTERS = 512 * 1_048_576;

/**
 * `at`: wall clock of the instance at the statement's start, in milliseconds, a second opinion on the entry's age.
 * `packed`: whether the rows are compressed.
 */
type Facts = readonly [
  at: number,
  costMs: number,
  rowCount: number,
  format: RowFormat,
  truncated: boolean,
  packed: boolean,
];

export async function writeEntry(entry: CacheEntry, bornAt: number): Promise<string> {
  const { result, evidence } = entry;
  const rows = result.rowsJson(result.format);
  const packed = rows.length >= COMPRESS_FROM_CHARACTERS;
  const costMs = Math.round(entry.costMs * 1_000) / 1_000;
  const facts: Facts = [bornAt, costMs, result.rowCount, result.format, result.truncated, packed];
  const body = packed ? (await compress(rows)).toString("base64") : rows;
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

/** Many results are made of the same: texts of evidence that were read before, of no more than so many characters. */
const MOST_EVIDENCE = 1_000;
const LONGEST_EVIDENCE = 4_096;

export function createEntryReader(): EntryReader {
  const known = new LRUCache<string, Evidence>({ max: MOST_EVIDENCE });
  const evidenceOf = (text: string): Evidence | null => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const evidence = readEvidence(text);
    if (evidence !== null && text.length <= LONGEST_EVIDENCE) known.set(text, evidence);
    return evidence;
  };
  return (bytes, from) => {
    const end = bytes.indexOf(LINE_FEED, from);
    if (end < 0) return null;
    const line = bytes.toString("utf8", from, end);
    const madeAt = line.indexOf("\t") + 1;
    const columnsAt = line.indexOf("\t", madeAt) + 1;
    const facts = readFacts(line.slice(0, Math.max(0, madeAt - 1)));
    const evidence = facts && evidenceOf(line.slice(madeAt, Math.max(0, columnsAt - 1)));
    if (facts === null || evidence === null) return null;
    const [bornAt, costMs, rowCount, format, truncated, packed] = facts;
    const entryOf = (rows: Buffer): ReadEntry => {
      const columnsJson = line.slice(columnsAt);
      const result = renderedBefore({ columnsJson, rowCount, truncated, format }, rows);
      return { entry: { result, evidence, costMs }, bornAt };
    };
    const body = bytes.subarray(end + 1);
    if (!packed) return entryOf(ofItsOwn(body));
    return unpack(body).then(entryOf, () => null);
  };
}

/** What came over a connection in one go may be much more than these rows, and all of it would be kept with them. */
const ofItsOwn = (rows: Buffer): Buffer =>
  rows.buffer.byteLength > 2 * rows.byteLength ? Buffer.from(new Uint8Array(rows).buffer) : rows;

const LINE_FEED = 10;

function readFacts(text: string): Facts | null {
  const facts = parseOrNull(text);
  return Array.isArray(facts) && areFacts(facts) ? facts : null;
}

/** What the rules stand on; the columns are shown as they are. */
const areFacts = (facts: readonly unknown[]): facts is Facts =>
  facts.length === 6 &&
  typeof facts[0] === "number" &&
  typeof facts[1] === "number" &&
  Number.isSafeInteger(facts[2]) &&
  (facts[3] === "objects" || facts[3] === "arrays") &&
  typeof facts[4] === "boolean" &&
  typeof facts[5] === "boolean";

function readEvidence(text: string): Evidence | null {
  const read = parseOrNull(text) as Partial<Evidence> | null;
  const sound =
    typeof read?.epochs === "object" &&
    read.epochs !== null &&
    typeof read.tokens === "object" &&
    read.tokens !== null;
  return sound ? (read as Evidence) : null;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unpack(body: Buffer): Promise<Buffer> {
  const options = { maxOutputLength: MOST_CHARACTERS };
  return decompress(Buffer.from(body.toString("latin1"), "base64"), options);
}

/** A cached result as text: a line about it, its columns on another, then its rows, compressed where they are many. */
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { CacheEntry, RowFormat } from "../../cache/ports.ts";
import { renderedText } from "../../query/rendered-result.ts";
import type { ResultColumn } from "../../sources/ports.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Below it compressing takes longer than sending. */
const COMPRESS_FROM_CHARACTERS = 65_536;
/** What one compressed entry may become again: no store is trusted to hold only what we put there. */
const MOST_CHARACTERS = 512 * 1_048_576;

/** Says that the text is laid out as here; an entry of a release that lays it out otherwise is not there for this one. */
const LAYOUT = 2;

/** Wall clock of the instance at the statement's start, in milliseconds, is a second opinion on the entry's age. */
type Head = readonly [
  layout: typeof LAYOUT,
  bornAt: number,
  costMs: number,
  format: RowFormat,
  rowCount: number,
  truncated: boolean,
  compressed: boolean,
  evidence: CacheEntry["evidence"],
];

export async function writeEntry(entry: CacheEntry, bornAt: number): Promise<string> {
  const { result, evidence, costMs } = entry;
  const rows = result.rowsJson(result.format);
  const large = rows.length >= COMPRESS_FROM_CHARACTERS;
  const head: Head = [
    LAYOUT,
    bornAt,
    Math.round(costMs * 1_000) / 1_000,
    result.format,
    result.rowCount,
    result.truncated,
    large,
    evidence,
  ];
  const body = large ? (await compress(rows)).toString("base64") : rows;
  return `${JSON.stringify(head)}\n${result.columnsJson}\n${body}`;
}

export interface ReadEntry {
  readonly entry: CacheEntry;
  readonly bornAt: number;
}

/** Null for a text that is no entry: one of another release, or of somebody else. A promise only where it is compressed. */
export function readEntry(
  text: string,
  from: number,
): ReadEntry | null | Promise<ReadEntry | null> {
  const cut = text.indexOf("\n", from);
  const head = cut < 0 ? null : readHead(text.slice(from, cut));
  const end = text.indexOf("\n", cut + 1);
  if (head === null || end < 0) return null;
  const columnsJson = text.slice(cut + 1, end);
  const body = text.slice(end + 1);
  const [, , , , , , compressed] = head;
  if (!compressed) return entryOf(head, columnsJson, body);
  return unpack(body).then(
    (rows) => entryOf(head, columnsJson, rows),
    () => null,
  );
}

function entryOf(head: Head, columnsJson: string, rowsJson: string): ReadEntry {
  const [, bornAt, costMs, format, rowCount, truncated, , evidence] = head;
  const columns = () => JSON.parse(columnsJson) as readonly ResultColumn[];
  const result = renderedText(columnsJson, columns, rowCount, truncated, format, rowsJson);
  return { entry: { result, evidence, costMs }, bornAt };
}

function readHead(text: string): Head | null {
  try {
    const head = JSON.parse(text) as Partial<Head> | null;
    return head !== null && head[0] === LAYOUT && head.length === 8 ? (head as Head) : null;
  } catch {
    return null;
  }
}

async function unpack(body: string): Promise<string> {
  const options = { maxOutputLength: MOST_CHARACTERS };
  return (await decompress(Buffer.from(body, "base64"), options)).toString();
}

/** A cached result as text: one line of JSON about it, then its rows, compressed where they are many. */
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { CacheEntry, RowFormat } from "../../cache/ports.ts";
import { renderedBefore } from "../../query/rendered-result.ts";
import type { ResultColumn } from "../../sources/ports.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Below it compressing takes longer than sending. */
const COMPRESS_FROM_CHARACTERS = 65_536;
/** What one compressed entry may become again: no store is trusted to hold only what we put there. */
const MOST_CHARACTERS = 512 * 1_048_576;

interface Head {
  /** Wall clock of the instance at the statement's start, in milliseconds: a second opinion on its age. */
  readonly at: number;
  readonly ms: number;
  readonly columns: readonly ResultColumn[];
  readonly format: RowFormat;
  readonly rows: number;
  readonly truncated: boolean;
  readonly evidence: CacheEntry["evidence"];
  readonly zstd?: true;
}

export async function writeEntry(entry: CacheEntry, bornAt: number): Promise<string> {
  const { result, evidence, costMs } = entry;
  const rows = result.rowsJson(result.format);
  const large = rows.length >= COMPRESS_FROM_CHARACTERS;
  const head: Head = {
    at: bornAt,
    ms: Math.round(costMs * 1_000) / 1_000,
    columns: result.columns,
    format: result.format,
    rows: result.rowCount,
    truncated: result.truncated,
    evidence,
    ...(large && { zstd: true }),
  };
  const body = large ? (await compress(rows)).toString("base64") : rows;
  return `${JSON.stringify(head)}\n${body}`;
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
  if (head === null) return null;
  const body = text.slice(cut + 1);
  if (!head.zstd) return entryOf(head, body);
  return unpack(body).then(
    (rows) => entryOf(head, rows),
    () => null,
  );
}

function entryOf(
  { columns, rows, truncated, format, evidence, ms, at }: Head,
  text: string,
): ReadEntry {
  const result = renderedBefore(columns, rows, truncated, format, text);
  return { entry: { result, evidence, costMs: ms }, bornAt: at };
}

function readHead(text: string): Head | null {
  try {
    const head = JSON.parse(text) as Partial<Head> | null;
    return head !== null && isHead(head) ? head : null;
  } catch {
    return null;
  }
}

/** What the rules stand on; the rest is shown as it is. */
const isHead = (head: Partial<Head>): head is Head =>
  Number.isFinite(head.at) &&
  Number.isFinite(head.ms) &&
  Number.isSafeInteger(head.rows) &&
  Array.isArray(head.columns) &&
  (head.format === "objects" || head.format === "arrays") &&
  typeof head.evidence?.epochs === "object" &&
  typeof head.evidence.tokens === "object";

async function unpack(body: string): Promise<string> {
  const options = { maxOutputLength: MOST_CHARACTERS };
  return (await decompress(Buffer.from(body, "base64"), options)).toString();
}

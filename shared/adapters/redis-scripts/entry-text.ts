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

/** @throws Error for a text that is no entry. */
export async function readEntry(text: string): Promise<{ entry: CacheEntry; bornAt: number }> {
  const cut = text.indexOf("\n");
  const head = JSON.parse(text.slice(0, cut)) as Head;
  const body = text.slice(cut + 1);
  const rows = head.zstd ? await unpack(body) : body;
  const result = renderedBefore(head.columns, head.rows, head.truncated, head.format, rows);
  return { entry: { result, evidence: head.evidence, costMs: head.ms }, bornAt: head.at };
}

async function unpack(body: string): Promise<string> {
  const options = { maxOutputLength: MOST_CHARACTERS };
  return (await decompress(Buffer.from(body, "base64"), options)).toString();
}

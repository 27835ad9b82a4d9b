/** The rows of a finished job: in pages cut from its NDJSON, or as the whole file. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { ResultColumn } from "../sources/ports.ts";
import { findJob } from "./find-job.ts";
import type { Job, JobResult, JobResults, JobStore, OutputFormat } from "./ports.ts";

export interface ReadResultDeps {
  readonly jobs: Pick<JobStore, "get">;
  readonly jobResults: Pick<JobResults, "read">;
}

export interface RowsPage {
  readonly columns: readonly ResultColumn[];
  /** Each the JSON of one row, as it was written: nothing parses it, so that nothing rounds it. */
  readonly rows: readonly string[];
  readonly nextCursor: string | null;
}

/** Read at a time. */
const CHUNK_BYTES = 524_288;
/** A page is ended here, after one row at least. */
const PAGE_BYTES = 4_194_304;
const NEWLINE = 0x0a;

/** @throws AppError job_not_found, job_not_finished, job_failed, job_expired, request_invalid, upstream_failed. */
export async function readRows(
  deps: ReadResultDeps,
  input: { jobId: string; limit: number; cursor?: string | undefined },
  ctx: CallContext,
): Promise<RowsPage> {
  const { columns, pages } = resultOf(await findJob(deps, input.jobId, ctx));
  const start = offsetOf(input.cursor, pages.bytes);
  const lines = createLineReader(input.limit);
  let at = start - (start > 0 ? 1 : 0);
  while (at < pages.bytes && !lines.full()) {
    const length = Math.min(CHUNK_BYTES, pages.bytes - at);
    for await (const bytes of deps.jobResults.read(
      pages.name,
      { offset: at, length },
      ctx.signal,
    )) {
      at += bytes.length;
      lines.add(bytes);
    }
  }
  const { rows, consumed } = lines.take(start > 0);
  const next = start + consumed;
  return { columns, rows, nextCursor: next < pages.bytes ? `b${next}` : null };
}

export interface ResultFile {
  readonly contentType: string;
  readonly bytes: number;
  readonly fileName: string;
  readonly body: AsyncIterable<Uint8Array>;
}

const EXTENSIONS: Readonly<Record<OutputFormat, string>> = {
  ndjson: "ndjson",
  csv: "csv",
  parquet: "parquet",
};

/** @throws AppError job_not_found, job_not_finished, job_failed, job_expired, upstream_failed. */
export async function openResult(
  deps: ReadResultDeps,
  jobId: string,
  ctx: CallContext,
): Promise<ResultFile> {
  const job = await findJob(deps, jobId, ctx);
  const { output } = resultOf(job);
  return {
    contentType: output.contentType,
    bytes: output.bytes,
    fileName: `${job.jobId}.${EXTENSIONS[job.request.output.format]}`,
    body: deps.jobResults.read(output.name, { offset: 0, length: output.bytes }, ctx.signal),
  };
}

function resultOf({ jobId, state, result, failure }: Job): JobResult {
  if (state === "succeeded" && result !== null) return result;
  if (state === "expired")
    throw new AppError("job_expired", `The rows of ${jobId} have been removed.`);
  if (state === "failed" || state === "cancelled")
    throw new AppError(
      "job_failed",
      state === "cancelled"
        ? `${jobId} was cancelled and has no rows.`
        : `${jobId} failed and has no rows: ${failure?.detail ?? "no reason is known"}`,
    );
  throw new AppError("job_not_finished", `${jobId} is ${state}; its rows come when it is done.`, {
    retryAfterSeconds: 1,
  });
}

/** A cursor is where a row begins; that it does is checked when the byte before it is read. */
function offsetOf(cursor: string | undefined, size: number): number {
  if (cursor === undefined) return 0;
  const offset = /^b\d{1,15}$/.test(cursor) ? Number(cursor.slice(1)) : Number.NaN;
  if (!(offset >= 0 && offset <= size)) throw badCursor();
  return offset;
}

function badCursor(): AppError {
  const message = "is not a cursor of this job's rows";
  return new AppError("request_invalid", `/cursor: ${message}`, {
    fields: [{ pointer: "/cursor", message }],
  });
}

function createLineReader(limit: number) {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let newlines = 0;
  return {
    add(chunk: Uint8Array): void {
      chunks.push(chunk);
      bytes += chunk.length;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1))
        newlines++;
    },
    /** One line break more: the byte before the first row is one. */
    full: () => newlines > limit || (bytes >= PAGE_BYTES && newlines > 1),
    take: (startsWithBreak: boolean) => cutLines(Buffer.concat(chunks), startsWithBreak, limit),
  };
}

function cutLines(text: Buffer, startsWithBreak: boolean, limit: number) {
  if (startsWithBreak && text[0] !== NEWLINE) throw badCursor();
  const first = startsWithBreak ? 1 : 0;
  const rows: string[] = [];
  let from = first;
  while (rows.length < limit) {
    const end = text.indexOf(NEWLINE, from);
    if (end < 0 || (end - first > PAGE_BYTES && rows.length > 0)) break;
    rows.push(text.toString("utf8", from, end));
    from = end + 1;
  }
  return { rows, consumed: from - first };
}

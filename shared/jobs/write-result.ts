/** From a stream of rows to the job's files, in bounded memory: NDJSON for pages, and the format that was asked for. */
import type { JsonRow } from "../sources/ports.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { filesOfAttempt } from "./file-names.ts";
import type {
  Job,
  JobProgress,
  JobResult,
  JobResults,
  OpenedJobQuery,
  OpenParquet,
  ResultWriter,
} from "./ports.ts";

export interface WriteResultDeps {
  readonly jobResults: Pick<JobResults, "create">;
  readonly openParquet: OpenParquet;
}

/** One file under way. */
interface Encoder {
  add(rows: readonly JsonRow[]): Promise<void>;
  /** @returns the file's size in bytes. */
  finish(): Promise<number>;
}

const NDJSON_TYPE = "application/x-ndjson";
const CSV_TYPE = "text/csv; charset=utf-8; header=present";
const PARQUET_TYPE = "application/vnd.apache.parquet";

/**
 * Writes all rows of `opened`. `progress` is told after each batch. @throws what reading and writing throw; files that
 * were not finished leave nothing behind.
 */
export async function writeResult(
  deps: WriteResultDeps,
  job: Pick<Job, "jobId" | "attempts" | "request">,
  opened: OpenedJobQuery,
  progress: (now: JobProgress) => void,
  signal: AbortSignal,
): Promise<JobResult> {
  const folder = filesOfAttempt(job.jobId, job.attempts);
  const create = (name: string, type: string) =>
    deps.jobResults.create(`${folder}${name}`, type, signal);
  const pages = textEncoder(
    create("rows.ndjson", NDJSON_TYPE),
    (row) => `${opened.writeRow(row)}\n`,
  );
  const output = await openOutput(deps, job.request.output.format, opened, create);
  let rows = 0;
  for (let batch = await opened.stream.read(); batch !== null; batch = await opened.stream.read()) {
    signal.throwIfAborted();
    await pages.add(batch);
    await output?.encoder.add(batch);
    rows += batch.length;
    progress({ rows, bytes: pages.bytes() });
  }
  signal.throwIfAborted();
  const pagesFile = { name: `${folder}rows.ndjson`, bytes: await pages.finish() };
  return {
    columns: opened.columns,
    rows,
    truncated: opened.stream.truncated(),
    pages: pagesFile,
    output:
      output === null
        ? { ...pagesFile, contentType: NDJSON_TYPE }
        : {
            name: `${folder}${output.name}`,
            contentType: output.contentType,
            bytes: await output.encoder.finish(),
          },
  };
}

interface Output {
  readonly name: string;
  readonly contentType: string;
  readonly encoder: Encoder;
}

/** Null for NDJSON, which is written anyway. */
async function openOutput(
  { openParquet }: WriteResultDeps,
  format: Job["request"]["output"]["format"],
  { columns }: OpenedJobQuery,
  create: (name: string, type: string) => ResultWriter,
): Promise<Output | null> {
  if (format === "ndjson") return null;
  if (format === "csv") {
    const encoder = textEncoder(create("result.csv", CSV_TYPE), csvRow, csvHeader(columns));
    return { name: "result.csv", contentType: CSV_TYPE, encoder };
  }
  const writer = create("result.parquet", PARQUET_TYPE);
  const file = await openParquet(columns, (bytes) => writer.write(bytes));
  const encoder: Encoder = {
    add: (rows) => file.add(rows),
    finish: async () => {
      await file.finish();
      return writer.finish();
    },
  };
  return { name: "result.parquet", contentType: PARQUET_TYPE, encoder };
}

function textEncoder(writer: ResultWriter, write: (row: JsonRow) => string, header = "") {
  let bytes = 0;
  let waiting = header;
  const send = async (text: string) => {
    const encoded = Buffer.from(text, "utf8");
    bytes += encoded.length;
    await writer.write(encoded);
  };
  return {
    async add(rows: readonly JsonRow[]): Promise<void> {
      let text = waiting;
      waiting = "";
      for (const row of rows) text += write(row);
      await send(text);
    },
    async finish(): Promise<number> {
      if (waiting !== "") await send(waiting);
      return writer.finish();
    },
    bytes: () => bytes,
  };
}

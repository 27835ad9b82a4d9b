/** `mcp export`: a statement of any length as a file, through a job that Ctrl-C cancels. */
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Command, Option } from "commander";
import type { QueryJob, QueryJobInput } from "../contract-types.ts";
import { exitCodes, fail } from "./failure.ts";
import { ON_BEHALF, statement } from "./query-commands.ts";
import { collected, type Run, wholeNumber } from "./run.ts";
import type { Session } from "./session.ts";
import { count, oneLine } from "./text.ts";

interface ExportOptions {
  readonly output: string;
  readonly format: "ndjson" | "csv" | "parquet";
  readonly source?: string;
  readonly model?: string;
  readonly param?: readonly string[];
  readonly maxRows?: number;
  readonly timeoutMs?: number;
}

export function addExportCommand(program: Command, run: Run): void {
  program
    .command("export")
    .description("run SQL of any length and write its rows to a file")
    .argument("<sql>", "one reading statement; - reads it from stdin")
    .requiredOption("-o, --output <file>", "where to write")
    .addOption(
      new Option("--format <format>", "the file's format")
        .choices(["ndjson", "csv", "parquet"])
        .default("csv"),
    )
    .option("--source <id>", "the data source; may be left out where you see just one")
    .option("--model <name>", ON_BEHALF)
    .option("--param <value>", "a value for $1, the next for $2 …", collected)
    .option("--max-rows <n>", "how many rows at most", wholeNumber(1))
    .option("--timeout-ms <ms>", "give up after this long", wholeNumber(1))
    .action(run(exportRows));
}

async function exportRows(
  session: Session,
  sql: string,
  options: ExportOptions,
): Promise<undefined> {
  const request: QueryJobInput = {
    ...(await statement(session, sql, options)),
    output: { format: options.format },
    ...(options.source !== undefined && { source: options.source }),
    ...(options.model !== undefined && { model: options.model }),
    ...(options.maxRows !== undefined && { max_rows: options.maxRows }),
    ...(options.timeoutMs !== undefined && { timeout_ms: options.timeoutMs }),
  };
  const { client, io } = session;
  const interrupted = new AbortController();
  const stopListening = io.onInterrupt(() => interrupted.abort());
  const { job_id: id } = await client.submitJob(request);
  const progress = progressLine(session);
  try {
    const { signal } = interrupted;
    const job = await client.waitForJob(id, { signal, onProgress: progress.show });
    const done = succeeded(job);
    await download(session, done, resolve(io.cwd, options.output), signal);
    progress.end();
    session.print(
      { ...done, file: options.output },
      () =>
        `Wrote ${count(done.rows, "row")} to ${oneLine(options.output)}${done.truncated ? " (more exist; see --max-rows)" : ""}\n`,
    );
    return undefined;
  } catch (error) {
    progress.end();
    if (!interrupted.signal.aborted) throw error;
    await client.cancelJob(id);
    return fail(exitCodes.unexpected, `Cancelled: ${id} was ended on the server.`);
  } finally {
    stopListening();
  }
}

function succeeded(job: QueryJob): QueryJob {
  if (job.status === "succeeded") return job;
  const why = job.error === null ? job.status : `${job.error.code}: ${job.error.detail}`;
  return fail(exitCodes.refused, `The job ${job.job_id} has no rows: ${oneLine(why)}`);
}

/** Under another name until it is whole, so that nobody takes half a file for all of it. */
async function download(
  { client }: Session,
  { job_id: id, result }: QueryJob,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const part = `${path}.part`;
  try {
    const file = createWriteStream(part);
    await pipeline(await client.jobResult(id, { signal }), file, { signal });
    if (result !== null && file.bytesWritten !== result.bytes)
      fail(
        exitCodes.unexpected,
        `Only ${file.bytesWritten} of ${result.bytes} bytes came. Try again.`,
      );
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** One line on a terminal that is written over; nothing in a pipe. */
function progressLine({ io }: Session) {
  let shown = 0;
  const write = (text: string) => {
    if (!io.showsProgress) return;
    io.stderr.write(`\r${text.padEnd(shown)}`);
    shown = text.length;
  };
  return {
    show: (job: QueryJob) => write(`${job.job_id} ${job.status}, ${count(job.rows, "row")}`),
    end: () => {
      if (io.showsProgress && shown > 0) io.stderr.write(`\r${" ".repeat(shown)}\r`);
      shown = 0;
    },
  };
}

/** Run as a process of its own: submits one export, runs it, and prints what it took. Settings come as JSON in the first argument. */
import { createKey } from "../shared/access/manage-keys.ts";
import type { PostgresConfig } from "../shared/adapters/postgres/config.ts";
import { createPostgresSource } from "../shared/adapters/postgres/postgres-source.ts";
import type { SignIn } from "../shared/adapters/postgres/sign-in.ts";
import { compose } from "../shared/compose.ts";
import { loadConfig } from "../shared/config.ts";
import { QueryJobRequest } from "../shared/contract/jobs.ts";
import { runJob } from "../shared/jobs/run-job.ts";
import { submitJob } from "../shared/jobs/submit-job.ts";
import { systemPrincipal } from "../shared/kernel/context.ts";
import { processLog } from "../shared/kernel/process-log.ts";

export interface ExportRun {
  readonly settings: Readonly<Record<string, string>>;
  readonly source: { readonly config: PostgresConfig; readonly signIn: SignIn };
  readonly sql: string;
  readonly format: "ndjson" | "csv" | "parquet";
  readonly maxRows: number;
}

export interface ExportFigures {
  readonly rows: number;
  readonly bytes: number;
  /** Resident memory, in MiB: before the run, and at its highest. */
  readonly baseMiB: number;
  readonly peakMiB: number;
  readonly seconds: number;
}

const SAMPLE_MS = 20;

async function main({ settings, source, sql, format, maxRows }: ExportRun): Promise<ExportFigures> {
  const adapter = await createPostgresSource({
    sourceId: "pg",
    ...source,
    onIdleError: () => undefined,
  });
  const createdAt = "2026-01-01T00:00:00.000Z";
  const record = {
    sourceId: "pg",
    type: "postgres",
    config: {},
    builtin: true,
    createdAt,
  } as const;
  const deps = await compose({
    config: loadConfig(settings),
    version: "bench",
    log: processLog,
    builtins: [{ record, adapter }],
  });
  const ctx = {
    requestId: "req_bench",
    traceparent: null,
    principal: systemPrincipal("bench"),
    log: processLog,
    signal: new AbortController().signal,
    now: Date.now(),
  };
  const grant = {
    owner: "bench",
    permissions: ["query:run"],
    roles: [],
    attributes: {},
    sources: null,
  } as const;
  const { record: key } = await createKey(deps, { ...grant, expiresInDays: null }, ctx);
  const owner = await deps.principals.current(`key:${key.keyId}`, ctx.now);
  const request = (rows: number) =>
    QueryJobRequest.parse({
      source: "pg",
      sql,
      max_rows: rows,
      timeout_ms: 3_600_000,
      output: { format },
    });
  const exported = async (rows: number) => {
    const { jobId } = await submitJob(deps, request(rows), { ...ctx, principal: owner });
    await runJob(deps, { job_id: jobId }, ctx);
    const job = await deps.jobs.get(jobId);
    if (job?.state !== "succeeded") throw new Error(JSON.stringify(job?.failure));
    return job.progress;
  };
  // What is loaded once, and the heap that any export needs, is not what is measured.
  await exported(1_000);
  const baseMiB = rssMiB();
  let peakMiB = baseMiB;
  const sampler = setInterval(() => {
    peakMiB = Math.max(peakMiB, rssMiB());
  }, SAMPLE_MS);
  const started = performance.now();
  const { rows, bytes } = await exported(maxRows);
  const seconds = (performance.now() - started) / 1_000;
  clearInterval(sampler);
  peakMiB = Math.max(peakMiB, rssMiB());
  await deps.close();
  return { rows, bytes, baseMiB, peakMiB, seconds };
}

const rssMiB = () => process.memoryUsage.rss() / 1_048_576;

if (import.meta.main)
  console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? "{}") as ExportRun)));

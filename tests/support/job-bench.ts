/** Instances of the application on one real database, one source and one storage: what runs jobs, without the host. */
import { BlobServiceClient } from "@azure/storage-blob";
import { generateKey } from "../../shared/access/key-format.ts";
import { createKey } from "../../shared/access/manage-keys.ts";
import { createPostgresSource } from "../../shared/adapters/postgres/postgres-source.ts";
import { compose, type Deps } from "../../shared/compose.ts";
import { loadConfig } from "../../shared/config.ts";
import { QueryJobRequest } from "../../shared/contract/jobs.ts";
import type { Job } from "../../shared/jobs/ports.ts";
import { readRows } from "../../shared/jobs/read-result.ts";
import { submitJob } from "../../shared/jobs/submit-job.ts";
import type { CallContext, Principal } from "../../shared/kernel/context.ts";
import { startAzurite } from "./azurite.ts";
import { manualClock, testContext } from "./call-context.ts";
import { createServerDatabase, makeDataDir } from "./databases.ts";
import { openPostgresBench } from "./postgres-bench.ts";

const HOUR_MS = 3_600_000;

export async function openJobBench() {
  const [source, database, azurite, folder] = await Promise.all([
    openPostgresBench(),
    createServerDatabase(),
    startAzurite(),
    makeDataDir([]),
  ]);
  const clock = manualClock();
  const config = loadConfig({
    MCP_ENVIRONMENT: "test",
    MCP_DATA_DIR: folder.path,
    DATABASE_URL: database.url,
    BOOTSTRAP_ADMIN_KEY: generateKey("test"),
    AzureWebJobsStorage: azurite.connectionString,
  });
  const opened: Deps[] = [];
  const { ctx: system, lines } = testContext(undefined, clock.now());

  const instance = async (): Promise<Deps> => {
    const adapter = await createPostgresSource({
      sourceId: "pg",
      config: source.config,
      signIn: source.reader,
      onIdleError: (error) => source.idleErrors.push(error),
    });
    const record = {
      sourceId: "pg",
      type: "postgres",
      config: {},
      builtin: true,
      createdAt: "2026-01-01T00:00:00.000Z",
    } as const;
    const deps = await compose({
      config,
      clock,
      version: "test",
      log: system.log,
      builtins: [{ record, adapter }],
    });
    opened.push(deps);
    // A beat that a test need not wait for; the lease runs by the clock that the test moves.
    return { ...deps, jobTiming: { ...deps.jobTiming, leaseMs: HOUR_MS, beatMs: 10 } };
  };
  const first = await instance();
  const exports = BlobServiceClient.fromConnectionString(
    azurite.connectionString,
  ).getContainerClient("exports");

  /** A principal with a key of its own. */
  const newOwner = async (): Promise<{ keyId: string; ctx: CallContext }> => {
    const grant = {
      owner: "ann",
      permissions: ["query:run"],
      roles: [],
      attributes: {},
      sources: null,
      expiresInDays: null,
    } as const;
    const { record } = await createKey(first, grant, system);
    const principal: Principal = await first.principals.current(`key:${record.keyId}`, clock.now());
    return { keyId: record.keyId, ctx: { ...system, principal } };
  };
  const submit = (body: object, ctx: CallContext): Promise<Job> =>
    submitJob(first, QueryJobRequest.parse({ source: "pg", ...body }), ctx);

  return {
    source,
    clock,
    system,
    lines,
    first,
    instance,
    newOwner,
    submit,
    /** Every row of a finished job, page by page. */
    async allRows(jobId: string, ctx: CallContext, limit = 97): Promise<string[]> {
      const rows: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await readRows(first, { jobId, limit, cursor }, ctx);
        rows.push(...page.rows);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return rows;
    },
    /** The committed files of a job. */
    async files(jobId: string): Promise<string[]> {
      const names: string[] = [];
      for await (const { name } of exports.listBlobsFlat({ prefix: `${jobId}/` })) names.push(name);
      return names;
    },
    async close(): Promise<void> {
      await Promise.all(opened.map((deps) => deps.close()));
      await source.close();
      await azurite.stop();
      await database.drop();
      await folder.remove();
    },
  };
}

export type JobBench = Awaited<ReturnType<typeof openJobBench>>;

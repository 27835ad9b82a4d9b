/** Query jobs: statements that run longer than an answer can wait; their rows in pages, or as a file. */
import type { QueryJob, QueryJobInput, Row } from "./contract-types.ts";
import { listing } from "./listing.ts";
import { type CallOptions, route, type Transport } from "./transport.ts";

export interface WaitOptions extends CallOptions {
  /** Told each time the job was looked at. */
  readonly onProgress?: (job: QueryJob) => void;
}

const FIRST_LOOK_MS = 200;
const SLOWEST_LOOK_MS = 3_000;
const SLOWER_BY = 1.5;

export const jobCalls = (
  transport: Transport,
  wait: (ms: number, signal?: AbortSignal) => Promise<void>,
) => {
  const job = (id: string, options?: CallOptions) =>
    transport.send<QueryJob>({ method: "GET", path: route`/query/jobs/${id}` }, options);
  return {
    /**
     * Takes a statement as a job; it is planned and guarded at once and run later. @throws McpError as `query` does, and
     * rate_limited where you have too many jobs.
     */
    submitJob: (request: QueryJobInput, options?: CallOptions) =>
      transport.send<QueryJob>(
        { method: "POST", path: "/query/jobs", body: request, repeat: "keyed" },
        options,
      ),

    /** How far it is, how it ended, and why. @throws McpError job_not_found. */
    job,

    /** Your jobs, newest first. */
    listJobs: (query: { limit?: number } = {}, options?: CallOptions) =>
      listing<QueryJob>(transport, "/query/jobs", query, options),

    /** Looks until the job is over, however it ended: see `status` and `error`. @throws McpError job_not_found. */
    waitForJob: async (id: string, options: WaitOptions = {}): Promise<QueryJob> => {
      for (
        let delayMs = FIRST_LOOK_MS;
        ;
        delayMs = Math.min(delayMs * SLOWER_BY, SLOWEST_LOOK_MS)
      ) {
        const seen = await job(id, options);
        options.onProgress?.(seen);
        if (seen.status !== "queued" && seen.status !== "running") return seen;
        await wait(delayMs, options.signal);
      }
    },

    /** The rows of a job that succeeded, page by page. @throws McpError job_not_finished, job_failed, job_expired. */
    jobRows: (id: string, query: { limit?: number } = {}, options?: CallOptions) =>
      listing<Row>(transport, route`/query/jobs/${id}/rows`, query, options),

    /** The file of a job that succeeded, as it comes. @throws McpError job_not_finished, job_failed, job_expired. */
    jobResult: (id: string, options?: CallOptions): Promise<ReadableStream<Uint8Array>> =>
      transport.open({ method: "GET", path: route`/query/jobs/${id}/result` }, options),

    /** Ends a job, in its source too; of a finished one it removes the rows. @throws McpError job_not_found. */
    cancelJob: (id: string, options?: CallOptions) =>
      transport.send<QueryJob>({ method: "DELETE", path: route`/query/jobs/${id}` }, options),
  };
};

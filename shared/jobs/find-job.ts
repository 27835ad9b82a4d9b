/** A job as its owner or an admin sees it; to anybody else it is as if it were not there. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext, Principal } from "../kernel/context.ts";
import type { Job, JobStore } from "./ports.ts";

/** @throws AppError job_not_found. */
export async function findJob(
  deps: { readonly jobs: Pick<JobStore, "get"> },
  jobId: string,
  ctx: CallContext,
): Promise<Job> {
  const job = await deps.jobs.get(jobId);
  if (job === null || !maySeeJob(ctx.principal, job))
    throw new AppError("job_not_found", `There is no job ${jobId}.`);
  return job;
}

/** Whoever has lost a source has lost what came from it. */
function maySeeJob(principal: Principal, job: Pick<Job, "principalId" | "sourceId">): boolean {
  const isTheirs = job.principalId === principal.id || principal.permissions.has("admin");
  return isTheirs && (principal.sources === "all" || principal.sources.has(job.sourceId));
}

/** The caller's jobs, an admin's list everybody's; newest first, one more than `limit` where there are more. */
export function listJobs(
  deps: { readonly jobs: Pick<JobStore, "list"> },
  page: { limit: number; cursor?: string | undefined },
  { principal }: CallContext,
): Promise<readonly Job[]> {
  return deps.jobs.list({
    principalId: principal.permissions.has("admin") ? null : principal.id,
    sources: principal.sources === "all" ? null : [...principal.sources],
    limit: page.limit + 1,
    beforeId: page.cursor ?? null,
  });
}

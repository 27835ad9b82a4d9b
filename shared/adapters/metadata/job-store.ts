/** Query jobs in PostgreSQL: each change of state is one transaction over a locked row. */
import type { Kysely, Transaction } from "kysely";
import { nextJobState } from "../../jobs/job-state.ts";
import { jobLost, judgeClaim } from "../../jobs/judge-claim.ts";
import type {
  ClaimResult,
  Job,
  JobClaims,
  JobEnding,
  JobFailure,
  JobStore,
  JobUpkeep,
} from "../../jobs/ports.ts";
import { jobOf } from "./job-rows.ts";
import { createJobUpkeep } from "./job-upkeep.ts";
import type { JobTables } from "./jobs-tables.ts";

type Tx = Transaction<JobTables>;

export function createJobStore(db: Kysely<JobTables>): JobStore & JobClaims & JobUpkeep {
  return {
    ...createRecords(db),
    ...createClaims(db),
    ...createJobUpkeep(db, { lock, fail }),
  };
}

function createRecords(db: Kysely<JobTables>): JobStore {
  return {
    async insert(job, dueAt) {
      await db
        .insertInto("query_jobs")
        .values({
          job_id: job.jobId,
          principal: job.principalId,
          source_id: job.sourceId,
          request: JSON.stringify(job.request),
          sql: JSON.stringify(job.sql),
          state: "queued",
          due_at: new Date(dueAt),
          created_at: new Date(job.createdAt),
        })
        .execute();
    },
    async get(jobId) {
      const row = await db
        .selectFrom("query_jobs")
        .selectAll()
        .where("job_id", "=", jobId)
        .executeTakeFirst();
      return row === undefined ? null : jobOf(row);
    },
    async list({ principalId, sources, limit, beforeId }) {
      let query = db.selectFrom("query_jobs").selectAll().orderBy("job_id", "desc").limit(limit);
      if (principalId !== null) query = query.where("principal", "=", principalId);
      if (sources !== null)
        query = query.where("source_id", "in", sources.length > 0 ? sources : [""]);
      if (beforeId !== null) query = query.where("job_id", "<", beforeId);
      return (await query.execute()).map(jobOf);
    },
    async countActive(principalId) {
      const row = await db
        .selectFrom("query_jobs")
        .select(({ fn }) => fn.countAll().as("count"))
        .where("principal", "=", principalId)
        .where("state", "in", ["queued", "running"])
        .executeTakeFirstOrThrow();
      return Number(row.count);
    },
    cancel: (jobId, at, expiresAt) =>
      db.transaction().execute(async (tx) => {
        const job = await lock(tx, jobId);
        if (job === null) return null;
        const state = nextJobState(job.state, "cancelled");
        if (state === null) return job;
        const row = await tx
          .updateTable("query_jobs")
          .set({ state, leased_until: null, ...ended(at, expiresAt) })
          .where("job_id", "=", jobId)
          .returningAll()
          .executeTakeFirstOrThrow();
        return jobOf(row);
      }),
  };
}

function createClaims(db: Kysely<JobTables>): JobClaims {
  return {
    claim: (jobId, now, { leaseMs, keptMs }) =>
      db.transaction().execute(async (tx): Promise<ClaimResult> => {
        const job = await lock(tx, jobId);
        const verdict = judgeClaim(job, now);
        if (verdict.kind === "give_up") {
          await fail(tx, jobId, jobLost, now, now + keptMs);
          return { kind: "finished", state: "failed" };
        }
        return verdict.kind === "take"
          ? { kind: "claimed", job: await take(tx, jobId, verdict.attempt, now, leaseMs) }
          : verdict;
      }),
    async renew(jobId, attempt, progress, leasedUntil) {
      const { numUpdatedRows } = await db
        .updateTable("query_jobs")
        .set({
          leased_until: new Date(leasedUntil),
          rows: progress.rows,
          bytes: progress.bytes,
        })
        .where("job_id", "=", jobId)
        .where("state", "=", "running")
        .where("attempts", "=", attempt)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    settle: (jobId, attempt, ending, times) =>
      db.transaction().execute(async (tx) => {
        const job = await lock(tx, jobId);
        // Released jobs keep their number until the next claim: only one that runs is anybody's.
        if (job === null || job.state !== "running" || job.attempts !== attempt) return false;
        await settle(tx, job, ending, times);
        return true;
      }),
  };
}

async function take(
  tx: Tx,
  jobId: string,
  attempt: number,
  now: number,
  leaseMs: number,
): Promise<Job> {
  const row = await tx
    .updateTable("query_jobs")
    .set({
      state: "running",
      attempts: attempt,
      leased_until: new Date(now + leaseMs),
      started_at: new Date(now),
      rows: 0,
      bytes: 0,
    })
    .where("job_id", "=", jobId)
    .returningAll()
    .executeTakeFirstOrThrow();
  return jobOf(row);
}

async function settle(
  tx: Tx,
  job: Job,
  ending: JobEnding,
  { at, expiresAt }: { at: number; expiresAt: number },
): Promise<void> {
  const state = nextJobState(job.state, ending.event);
  if (state === null) return;
  if (ending.event === "failed") return fail(tx, job.jobId, ending.failure, at, expiresAt);
  const change =
    ending.event === "released"
      ? { state, leased_until: null, due_at: new Date(ending.dueAt), rows: 0, bytes: 0 }
      : {
          state,
          leased_until: null,
          result: JSON.stringify(ending.result),
          rows: ending.result.rows,
          bytes: ending.bytes,
          ...ended(at, expiresAt),
        };
  await tx.updateTable("query_jobs").set(change).where("job_id", "=", job.jobId).execute();
}

async function fail(
  tx: Tx,
  jobId: string,
  failure: JobFailure,
  at: number,
  expiresAt: number,
): Promise<void> {
  await tx
    .updateTable("query_jobs")
    .set({
      state: "failed",
      leased_until: null,
      failure: JSON.stringify(failure),
      ...ended(at, expiresAt),
    })
    .where("job_id", "=", jobId)
    .execute();
}

const ended = (at: number, expiresAt: number) => ({
  finished_at: new Date(at),
  expires_at: new Date(expiresAt),
});

async function lock(tx: Tx, jobId: string): Promise<Job | null> {
  const row = await tx
    .selectFrom("query_jobs")
    .selectAll()
    .where("job_id", "=", jobId)
    .forUpdate()
    .executeTakeFirst();
  return row === undefined ? null : jobOf(row);
}

/** What the sweep reads and writes of query jobs. */
import type { Kysely, Transaction } from "kysely";
import { nextJobState } from "../../jobs/job-state.ts";
import { jobLost, judgeClaim } from "../../jobs/judge-claim.ts";
import type { Job, JobFailure, JobUpkeep } from "../../jobs/ports.ts";
import type { JobTables } from "./jobs-tables.ts";

type Tx = Transaction<JobTables>;

interface Changes {
  lock(tx: Tx, jobId: string): Promise<Job | null>;
  fail(tx: Tx, jobId: string, failure: JobFailure, at: number, expiresAt: number): Promise<void>;
}

export function createJobUpkeep(db: Kysely<JobTables>, changes: Changes): JobUpkeep {
  return {
    ...createRevival(db, changes),
    ...createExpiry(db, changes),
  };
}

function createRevival(
  db: Kysely<JobTables>,
  changes: Changes,
): Pick<JobUpkeep, "reviveLost" | "stranded" | "markEnqueued"> {
  return {
    async reviveLost(now, expiresAt, limit) {
      const lost = await db
        .selectFrom("query_jobs")
        .select("job_id")
        .where("state", "=", "running")
        .where("emptied", "=", false)
        .where("leased_until", "<=", new Date(now))
        .limit(limit)
        .execute();
      let revived = 0;
      for (const { job_id } of lost)
        revived += await db
          .transaction()
          .execute((tx) => revive(tx, changes, job_id, now, expiresAt));
      return revived;
    },
    async stranded(now, limit) {
      const rows = await db
        .selectFrom("query_jobs")
        .select("job_id")
        .where("state", "=", "queued")
        .where("emptied", "=", false)
        .where("due_at", "<=", new Date(now))
        .orderBy("due_at")
        .limit(limit)
        .execute();
      return rows.map((row) => row.job_id);
    },
    async markEnqueued(jobIds, dueAt) {
      if (jobIds.length === 0) return;
      await db
        .updateTable("query_jobs")
        .set({ due_at: new Date(dueAt) })
        .where("job_id", "in", jobIds)
        .where("state", "=", "queued")
        .execute();
    },
  };
}

/** Looked at again under the lock: its instance may have renewed or ended it meanwhile. */
async function revive(
  tx: Tx,
  { lock, fail }: Changes,
  jobId: string,
  now: number,
  expiresAt: number,
): Promise<number> {
  const job = await lock(tx, jobId);
  const verdict = judgeClaim(job, now);
  if (job?.state !== "running" || verdict.kind === "held") return 0;
  if (verdict.kind === "give_up") await fail(tx, jobId, jobLost, now, expiresAt);
  else
    await tx
      .updateTable("query_jobs")
      .set({
        state: nextJobState(job.state, "released") ?? job.state,
        leased_until: null,
        due_at: new Date(now),
      })
      .where("job_id", "=", jobId)
      .execute();
  return 1;
}

function createExpiry(
  db: Kysely<JobTables>,
  { lock }: Pick<Changes, "lock">,
): Pick<JobUpkeep, "expire" | "expireNow" | "markEmptied" | "forget"> {
  const expireNow = (jobId: string, now: number) =>
    db.transaction().execute(async (tx) => {
      const job = await lock(tx, jobId);
      const state = job && nextJobState(job.state, "expired");
      if (state === null) return false;
      await tx
        .updateTable("query_jobs")
        .set({ state, result: null, expires_at: new Date(now) })
        .where("job_id", "=", jobId)
        .execute();
      return true;
    });
  return {
    expireNow,
    async expire(now, limit) {
      const due = await db
        .selectFrom("query_jobs")
        .select("job_id")
        .where("state", "not in", ["queued", "running"])
        .where("emptied", "=", false)
        .where("expires_at", "<=", new Date(now))
        .limit(limit)
        .execute();
      // One that expired before, and whose files are still there, is due as well.
      for (const { job_id } of due) await expireNow(job_id, now);
      return due.map((row) => row.job_id);
    },
    async markEmptied(jobId) {
      await db
        .updateTable("query_jobs")
        .set({ emptied: true })
        .where("job_id", "=", jobId)
        .where("state", "=", "expired")
        .execute();
    },
    async forget(before) {
      const { numDeletedRows } = await db
        .deleteFrom("query_jobs")
        .where("emptied", "=", true)
        .where("expires_at", "<", new Date(before))
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}

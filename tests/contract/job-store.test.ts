/** What the store of query jobs promises, on both databases. */
// covers: JOB-02, JOB-03
import { describe, expect, it } from "vitest";
import { createJobStore } from "../../shared/adapters/metadata/job-store.ts";
import { QueryJobRequest } from "../../shared/contract/jobs.ts";
import { MAX_ATTEMPTS } from "../../shared/jobs/judge-claim.ts";
import type { JobResult, NewJob } from "../../shared/jobs/ports.ts";
import { newId } from "../../shared/kernel/ids.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const T0 = Date.parse("2026-03-01T12:00:00.000Z");
const SPANS = { leaseMs: 1_000, keptMs: 60_000 };
const TIMES = { at: T0 + 5, expiresAt: T0 + 60_000 };

const newJob = (part: Partial<NewJob> = {}): NewJob => ({
  jobId: newId("job", T0),
  principalId: "key:ann",
  sourceId: "s",
  request: QueryJobRequest.parse({ sql: "select '\u0000\ud800'", params: ["\u0000", [1, null]] }),
  sql: "select '\u0000\ud800'",
  createdAt: T0,
  ...part,
});

const result: JobResult = {
  columns: [{ name: "n", type: "bigint" }],
  rows: 5_000_000_000,
  truncated: true,
  pages: { name: "job_1/1/rows.ndjson", bytes: 9_007_199_254_740_991 },
  output: { name: "job_1/1/result.csv", bytes: 2, contentType: "text/csv" },
};

onBothDatabases("JobStore", (db) => {
  const store = () => createJobStore(db());
  const inserted = async (part: Partial<NewJob> = {}) => {
    const job = newJob(part);
    await store().insert(job, T0 + 10);
    return job;
  };
  const running = async () => {
    const { jobId } = await inserted();
    await store().claim(jobId, T0, SPANS);
    return jobId;
  };
  const succeed = (jobId: string, attempt: number) =>
    store().settle(jobId, attempt, { event: "succeeded", result, bytes: 7 }, TIMES);

  it("gives back what was submitted, whatever characters it holds", async () => {
    const job = await inserted();
    expect(await store().get(job.jobId)).toEqual({
      ...job,
      state: "queued",
      attempts: 0,
      leasedUntil: null,
      dueAt: T0 + 10,
      startedAt: null,
      finishedAt: null,
      expiresAt: null,
      progress: { rows: 0, bytes: 0 },
      result: null,
      failure: null,
    });
    expect(await store().get("job_none")).toBeNull();
  });

  it("gives a job to one of 20 who claim it at the same time", async () => {
    const { jobId } = await inserted();
    const claims = await Promise.all(
      Array.from({ length: 20 }, () => store().claim(jobId, T0, SPANS)),
    );
    expect(claims.filter(({ kind }) => kind === "claimed")).toHaveLength(1);
    expect(claims.filter(({ kind }) => kind === "held")).toHaveLength(19);
  });

  it("gives it to another when the lease has run out, and fences the first out", async () => {
    const jobId = await running();
    expect(await store().renew(jobId, 1, { rows: 3, bytes: 30 }, T0 + 2_000)).toBe(true);
    expect(await store().claim(jobId, T0 + 1_999, SPANS)).toEqual({ kind: "held" });
    expect(await store().claim(jobId, T0 + 2_000, SPANS)).toMatchObject({
      kind: "claimed",
      job: { attempts: 2, progress: { rows: 0, bytes: 0 }, leasedUntil: T0 + 3_000 },
    });
    expect(await store().renew(jobId, 1, { rows: 9, bytes: 90 }, T0 + 9_000)).toBe(false);
    expect(await succeed(jobId, 1)).toBe(false);
    expect(await succeed(jobId, 2)).toBe(true);
    expect(await store().get(jobId)).toMatchObject({
      state: "succeeded",
      result,
      progress: { rows: result.rows, bytes: 7 },
      leasedUntil: null,
      finishedAt: TIMES.at,
      expiresAt: TIMES.expiresAt,
    });
  });

  it("lets one of 10 endings count", async () => {
    const jobId = await running();
    const endings = await Promise.all(Array.from({ length: 10 }, () => succeed(jobId, 1)));
    expect(endings.filter(Boolean)).toHaveLength(1);
  });

  it("takes nothing from an attempt that was cancelled or released", async () => {
    const cancelled = await running();
    expect(await store().cancel(cancelled, T0, T0 + 1)).toMatchObject({ state: "cancelled" });
    expect(await store().renew(cancelled, 1, { rows: 1, bytes: 1 }, T0 + 9_000)).toBe(false);
    expect(await succeed(cancelled, 1)).toBe(false);
    const released = await running();
    const ending = { event: "released", dueAt: T0 + 77 } as const;
    expect(await store().settle(released, 1, ending, TIMES)).toBe(true);
    expect(await succeed(released, 1)).toBe(false);
    expect(await store().get(released)).toMatchObject({ state: "queued", dueAt: T0 + 77 });
  });

  it("cancels only what is not over", async () => {
    const jobId = await running();
    await succeed(jobId, 1);
    expect(await store().cancel(jobId, T0, T0)).toMatchObject({ state: "succeeded" });
    expect(await store().cancel("job_none", T0, T0)).toBeNull();
    expect(await store().claim(jobId, T0, SPANS)).toEqual({ kind: "finished", state: "succeeded" });
    expect(await store().claim("job_none", T0, SPANS)).toEqual({ kind: "missing" });
  });

  it("gives a job up, with the reason, when it was lost too often", async () => {
    const { jobId } = await inserted();
    let now = T0;
    for (let i = 0; i < MAX_ATTEMPTS; i++) {
      expect((await store().claim(jobId, now, SPANS)).kind).toBe("claimed");
      now += SPANS.leaseMs;
    }
    expect(await store().claim(jobId, now, SPANS)).toEqual({ kind: "finished", state: "failed" });
    expect(await store().get(jobId)).toMatchObject({
      state: "failed",
      failure: { code: "job_lost" },
      expiresAt: now + SPANS.keptMs,
    });
  });

  it("lists a principal's jobs of its sources, newest first, and counts those not over", async () => {
    const principalId = `key:${newId("key", T0)}`;
    const ids: string[] = [];
    for (const sourceId of ["a", "b", "a"])
      ids.push(
        (await inserted({ principalId, sourceId, jobId: newId("job", T0 + ids.length) })).jobId,
      );
    const list = async (sources: string[] | null, limit = 10, beforeId: string | null = null) =>
      (await store().list({ principalId, sources, limit, beforeId })).map((job) => job.jobId);
    const newest = ids.toReversed();
    expect(await list(null)).toEqual(newest);
    expect(await list(null, 2)).toEqual(newest.slice(0, 2));
    expect(await list(null, 2, newest[1])).toEqual(newest.slice(2));
    expect(await list(["a"])).toEqual([newest[0], newest[2]]);
    expect(await list([])).toEqual([]);
    await store().cancel(ids[0] as string, T0, T0);
    expect(await store().countActive(principalId)).toBe(2);
  });

  describe("when it is swept", () => {
    it("puts lost jobs back once, however many sweep, and leaves those that live", async () => {
      const now = T0 + 50_000_000;
      // What other tests left running is not counted here.
      await store().reviveLost(now, now + 1, 1_000);
      const lost = await inserted();
      await store().claim(lost.jobId, T0, SPANS);
      const alive = await inserted();
      await store().claim(alive.jobId, now, SPANS);
      const revived = await Promise.all(
        Array.from({ length: 5 }, () => store().reviveLost(now, now + 1, 1_000)),
      );
      expect(revived.toSorted()).toEqual([0, 0, 0, 0, 1]);
      expect(await store().get(lost.jobId)).toMatchObject({ state: "queued", dueAt: now });
      expect(await store().get(alive.jobId)).toMatchObject({ state: "running" });
      expect(await store().stranded(now, 1_000)).toContain(lost.jobId);
      await store().markEnqueued([lost.jobId], now + 5);
      expect(await store().stranded(now, 1_000)).not.toContain(lost.jobId);
      expect(await store().stranded(now + 5, 1_000)).toContain(lost.jobId);
    });

    it("expires what is over and past its time, until its files are gone, and then forgets it", async () => {
      const jobId = await running();
      expect(await store().expireNow(jobId, T0)).toBe(false);
      await succeed(jobId, 1);
      expect(await store().expire(TIMES.expiresAt - 1, 1_000)).not.toContain(jobId);
      expect(await store().expire(TIMES.expiresAt, 1_000)).toContain(jobId);
      expect(await store().get(jobId)).toMatchObject({ state: "expired", result: null });
      expect(await store().expire(TIMES.expiresAt, 1_000)).toContain(jobId);
      await store().forget(TIMES.expiresAt + 1);
      expect(await store().get(jobId)).not.toBeNull();
      await store().markEmptied(jobId);
      expect(await store().expire(TIMES.expiresAt, 1_000)).not.toContain(jobId);
      await store().forget(TIMES.expiresAt + 1);
      expect(await store().get(jobId)).toBeNull();
    });
  });
});

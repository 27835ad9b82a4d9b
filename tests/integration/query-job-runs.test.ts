/** Running jobs on real parts: deaths at every step, two instances at once, cancels, limits, lost rights. */
// covers: QRY-15, JOB-02, JOB-03, JOB-04, JOB-05, JOB-06
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { revokeKey } from "../../shared/access/manage-keys.ts";
import type { Deps } from "../../shared/compose.ts";
import { cancelJob } from "../../shared/jobs/cancel-job.ts";
import { findJob } from "../../shared/jobs/find-job.ts";
import { openResult } from "../../shared/jobs/read-result.ts";
import { runJob } from "../../shared/jobs/run-job.ts";
import { sweepJobs } from "../../shared/jobs/sweep-jobs.ts";
import type { CallContext } from "../../shared/kernel/context.ts";
import { collect } from "../../shared/sources/collect.ts";
import { postgresUrl } from "../support/databases.ts";
import { dyingInstance } from "../support/dying-instance.ts";
import { type JobBench, openJobBench } from "../support/job-bench.ts";
import { until } from "../support/local-host.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const BURN =
  "select a.* from items a, items b, items c order by a.name || b.name || c.name, a.item_id";

describe.skipIf(postgresUrl === null)("a query job", () => {
  let bench: JobBench;
  let first: Deps;
  let second: Deps;
  let owner: { keyId: string; ctx: CallContext };
  beforeAll(async () => {
    bench = await openJobBench();
    first = bench.first;
    second = await bench.instance();
    owner = await bench.newOwner();
  });
  afterAll(() => bench?.close());

  const run = (deps: Deps, jobId: string) => runJob(deps, { job_id: jobId }, bench.system);
  const look = (jobId: string) => findJob(first, jobId, owner.ctx);
  const expected = async (sql: string) => {
    const adapter = (await first.sources.resolve("pg", bench.system.principal)).adapter;
    const budget = { maxRows: 100_000, maxBytes: 1e8, timeoutMs: 20_000 };
    const { columns, rows } = await collect(
      adapter.execute({ sql, params: [] }, budget, bench.system.signal),
    );
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])));
  };

  it("keeps exactly the rows that the statement gives, and its pages are all of them", async () => {
    const sql = "select * from items order by item_id";
    const job = await bench.submit({ sql }, owner.ctx);
    expect(job).toMatchObject({ state: "queued", attempts: 0, sourceId: "pg" });
    expect(await run(first, job.jobId)).toEqual({ kind: "done" });
    const rows = await bench.allRows(job.jobId, owner.ctx);
    expect(rows.map((row) => JSON.parse(row))).toEqual(await expected(sql));
    expect(await look(job.jobId)).toMatchObject({
      state: "succeeded",
      attempts: 1,
      progress: { rows: 500, bytes: Buffer.byteLength(rows.map((row) => `${row}\n`).join("")) },
      result: { truncated: false, rows: 500 },
    });
  });

  it("says that it was truncated where the source had more", async () => {
    const job = await bench.submit({ sql: "select * from items", max_rows: 7 }, owner.ctx);
    await run(first, job.jobId);
    expect((await look(job.jobId)).result).toMatchObject({ truncated: true, rows: 7 });
  });

  describe("whose instance dies", () => {
    const sql = "select item_id, price from items order by item_id limit 40";
    const deadAt = async (fatalStep: number, after: boolean): Promise<boolean> => {
      const body = { sql, output: { format: "csv" } };
      const { jobId } = await bench.submit(body, owner.ctx);
      const dying = dyingInstance(first, fatalStep, after);
      const ended = await Promise.race([
        run(dying.deps, jobId).then(() => "survived"),
        dying.died.then(() => "died"),
      ]);
      await dying.bury();
      bench.clock.advance(2 * HOUR_MS);
      await sweepJobs(second, bench.system);
      await run(second, jobId);
      const job = await look(jobId);
      expect(job.state).toBe("succeeded");
      const rows = await bench.allRows(jobId, owner.ctx);
      expect(rows.map((row) => JSON.parse(row))).toEqual(await expected(sql));
      const { body: bytes } = await openResult(first, jobId, owner.ctx);
      let csv = "";
      for await (const chunk of bytes) csv += Buffer.from(chunk).toString("utf8");
      expect(csv.trimEnd().split("\r\n")).toHaveLength(41);
      // Two attempts never mix: what is there is of one.
      const winner = `${jobId}/${job.attempts}`;
      expect(await bench.files(jobId)).toEqual([`${winner}/result.csv`, `${winner}/rows.ndjson`]);
      if (ended === "survived") expect(job.attempts).toBe(1);
      return ended === "died";
    };

    it.each([
      ["before", false],
      ["after", true],
    ])(
      "%s any of its steps ends with all its rows, none lost and none doubled",
      async (_when, after) => {
        let fatalStep = 1;
        while (await deadAt(fatalStep, after)) fatalStep++;
        // Claim, open, the reads and writes, two finishes, the close, settle, remove.
        expect(fatalStep).toBeGreaterThan(8);
      },
    );

    it("three times fails with the reason", async () => {
      const { jobId } = await bench.submit({ sql }, owner.ctx);
      for (let i = 0; i < 3; i++) {
        const dying = dyingInstance(first, 3, true);
        void run(dying.deps, jobId);
        await dying.died;
        await dying.bury();
        bench.clock.advance(2 * HOUR_MS);
        await sweepJobs(second, bench.system);
      }
      expect(await look(jobId)).toMatchObject({ state: "failed", failure: { code: "job_lost" } });
      expect(await run(second, jobId)).toEqual({ kind: "done" });
    });
  });

  it("runs once where two instances get the same message", async () => {
    let opened = 0;
    const counting = (deps: Deps): Deps => ({
      ...deps,
      jobQueries: {
        ...deps.jobQueries,
        open: (...args) => {
          opened++;
          return deps.jobQueries.open(...args);
        },
      },
    });
    for (let i = 0; i < 5; i++) {
      const { jobId } = await bench.submit({ sql: "select * from items" }, owner.ctx);
      opened = 0;
      await Promise.all([run(counting(first), jobId), run(counting(second), jobId)]);
      expect(opened).toBe(1);
      expect(await look(jobId)).toMatchObject({ state: "succeeded", attempts: 1 });
    }
  });

  it("whose lease was taken over writes nothing over the other's rows", async () => {
    const { jobId } = await bench.submit({ sql: "select * from items" }, owner.ctx);
    const slow = dyingInstance(first, Number.POSITIVE_INFINITY, false);
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const settle = first.jobs.settle;
    const late: Deps = {
      ...slow.deps,
      jobTiming: { ...first.jobTiming, beatMs: HOUR_MS },
      jobs: {
        ...first.jobs,
        settle: async (...args) => {
          reached.resolve();
          await held.promise;
          return settle(...args);
        },
      },
    };
    const zombie = run(late, jobId);
    await reached.promise;
    bench.clock.advance(2 * HOUR_MS);
    await sweepJobs(second, bench.system);
    await run(second, jobId);
    const before = await look(jobId);
    held.resolve();
    expect(await zombie).toEqual({ kind: "done" });
    expect(await look(jobId)).toEqual(before);
    expect(await bench.files(jobId)).toEqual([`${jobId}/2/rows.ndjson`]);
    expect(await bench.allRows(jobId, owner.ctx)).toHaveLength(500);
  });

  it("that is cancelled while it runs is ended on the server, and keeps nothing", async () => {
    const { jobId } = await bench.submit({ sql: BURN }, owner.ctx);
    const running = run(first, jobId);
    await bench.source.untilRunning(1, 10_000);
    expect((await cancelJob(second, jobId, owner.ctx)).state).toBe("cancelled");
    expect(await running).toEqual({ kind: "done" });
    await bench.source.untilRunning(0, 5_000);
    expect(await look(jobId)).toMatchObject({ state: "cancelled", result: null });
    expect(await bench.files(jobId)).toEqual([]);
  });

  it("that is cancelled while it waits never runs", async () => {
    const { jobId } = await bench.submit({ sql: "select 1" }, owner.ctx);
    await cancelJob(first, jobId, owner.ctx);
    expect(await run(first, jobId)).toEqual({ kind: "done" });
    expect(await look(jobId)).toMatchObject({ state: "cancelled", attempts: 0 });
  });

  it("that passes its own time limit fails as query_timeout, and is ended on the server", async () => {
    const { jobId } = await bench.submit({ sql: BURN, timeout_ms: 300 }, owner.ctx);
    await run(first, jobId);
    expect(await look(jobId)).toMatchObject({
      state: "failed",
      failure: { code: "query_timeout" },
    });
    await bench.source.untilRunning(0, 5_000);
  });

  it("that the source refuses fails with the source's own words", async () => {
    const { jobId } = await bench.submit(
      { sql: "select 1 / (item_id - item_id) from items" },
      owner.ctx,
    );
    await run(first, jobId);
    expect((await look(jobId)).failure).toEqual({
      code: "query_failed",
      detail: expect.stringContaining("division by zero"),
    });
  });

  it("whose key is revoked before it runs does not run", async () => {
    const other = await bench.newOwner();
    const { jobId } = await bench.submit({ sql: "select 1" }, other.ctx);
    await revokeKey(first, other.keyId, bench.system);
    await run(second, jobId);
    expect(await second.jobs.get(jobId)).toMatchObject({
      state: "failed",
      failure: { code: "unauthenticated" },
    });
  });

  it("whose key is revoked while it runs is ended on the server", async () => {
    const other = await bench.newOwner();
    const { jobId } = await bench.submit({ sql: BURN }, other.ctx);
    const running = run(first, jobId);
    await bench.source.untilRunning(1, 10_000);
    await revokeKey(second, other.keyId, bench.system);
    await running;
    await bench.source.untilRunning(0, 5_000);
    expect(await second.jobs.get(jobId)).toMatchObject({
      state: "failed",
      failure: { code: "unauthenticated" },
    });
  });

  it("waits for a slot where the instance runs enough already", async () => {
    const jobs = [];
    for (let i = 0; i < 3; i++) jobs.push(await bench.submit({ sql: BURN }, owner.ctx));
    const [a, b, c] = jobs.map((job) => job.jobId) as [string, string, string];
    const running = [run(first, a), run(first, b)];
    await bench.source.untilRunning(2, 10_000);
    expect(await run(first, c)).toEqual({ kind: "retry", afterSeconds: 5 });
    for (const jobId of [a, b, c]) await cancelJob(first, jobId, owner.ctx);
    await Promise.all(running);
  });

  it("that the source could not serve is tried again, and fails after three times", async () => {
    const { reader, owner: superuser } = bench.source;
    const { jobId } = await bench.submit({ sql: "select 1" }, owner.ctx);
    await superuser.query(`alter role ${reader.user} nologin`);
    await superuser.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${reader.user}'`,
    );
    const outcomes = [];
    try {
      await until("the idle connections to break", () => bench.source.idleErrors.length > 0);
      for (let i = 0; i < 3; i++) outcomes.push((await run(second, jobId)).kind);
    } finally {
      await superuser.query(`alter role ${reader.user} login`);
    }
    expect(outcomes).toEqual(["retry", "retry", "done"]);
    expect((await look(jobId)).failure?.code).toBe("source_unavailable");
  });

  describe("past its time", () => {
    it("loses its rows, and says so", async () => {
      const { jobId } = await bench.submit({ sql: "select 1 as n" }, owner.ctx);
      await run(first, jobId);
      expect(await bench.files(jobId)).toHaveLength(1);
      bench.clock.advance(DAY_MS + 1);
      await sweepJobs(second, bench.system);
      expect(await look(jobId)).toMatchObject({ state: "expired", result: null });
      expect(await bench.files(jobId)).toEqual([]);
      await expect(bench.allRows(jobId, owner.ctx)).rejects.toMatchObject({ code: "job_expired" });
      bench.clock.advance(31 * DAY_MS);
      await sweepJobs(second, bench.system);
      await expect(look(jobId)).rejects.toMatchObject({ code: "job_not_found" });
    });

    it("loses them at the next sweep where the storage was away at this one", async () => {
      const { jobId } = await bench.submit({ sql: "select 1 as n" }, owner.ctx);
      await run(first, jobId);
      bench.clock.advance(DAY_MS + 1);
      const away: Deps = {
        ...second,
        jobResults: {
          ...second.jobResults,
          remove: async () => {
            throw new Error("the storage is away");
          },
        },
      };
      await sweepJobs(away, bench.system);
      expect(await bench.files(jobId)).toHaveLength(1);
      await expect(bench.allRows(jobId, owner.ctx)).rejects.toMatchObject({ code: "job_expired" });
      await sweepJobs(second, bench.system);
      expect(await bench.files(jobId)).toEqual([]);
    });
  });
});

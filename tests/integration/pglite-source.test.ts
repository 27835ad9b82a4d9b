/** The SourceAdapter suite on the embedded database, and what only one connection in a thread has to promise. */
// covers: SRC-05
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type EmbeddedDatabase,
  openEmbeddedDatabase,
} from "../../shared/adapters/pglite/client.ts";
import { createPgliteSource } from "../../shared/adapters/pglite/pglite-source.ts";
import { collect } from "../../shared/sources/collect.ts";
import type { ExecutionBudget, SourceAdapter } from "../../shared/sources/ports.ts";
import { describeSourceAdapter } from "../contract/source-adapter-suite.ts";
import { makeDataDir } from "../support/databases.ts";
import { budget, quiet, sourceFixture } from "../support/source-fixture.ts";

const ENDLESS = "select count(*) from generate_series(1, 100000000000)";
const MIB = 1_048_576;

async function openSource(
  load?: string,
): Promise<{ adapter: SourceAdapter; close(): Promise<void> }> {
  const folder = await makeDataDir(["source"]);
  let loaded = load === undefined;
  const adapter = createPgliteSource({
    sourceId: "embedded",
    dataDir: `${folder.path}/source`,
    schemas: ["public"],
    prepare: async (database) => {
      if (loaded) return;
      loaded = true;
      await database.run({ sql: load ?? "", params: [], mode: "script" });
    },
  });
  const close = async () => {
    await adapter.close();
    await folder.remove();
  };
  return { adapter, close };
}

describe("the embedded source", () => {
  describeSourceAdapter(() => openSource(sourceFixture));
});

describe("the one connection", () => {
  let opened: Awaited<ReturnType<typeof openSource>>;
  beforeAll(async () => {
    opened = await openSource();
    await run("select 1");
  });
  afterAll(() => opened?.close());
  const run = (sql: string, part: Partial<ExecutionBudget> = {}, signal = quiet()) =>
    collect(opened.adapter.execute({ sql, params: [] }, budget(part), signal));
  const ending = (work: Promise<unknown>) => work.catch((error: unknown) => error);

  it("is back for callers with short limits after a time-out: the start is not counted, and not ended", async () => {
    await expect(run(ENDLESS, { timeoutMs: 50 })).rejects.toMatchObject({ code: "query_timeout" });
    const short = Array.from({ length: 5 }, () => run("select 1", { timeoutMs: 250 }));
    for (const { rows } of await Promise.all(short)) expect(rows).toEqual([[1]]);
  });

  it("is started again without waiting for the next caller", async () => {
    await ending(run(ENDLESS, { timeoutMs: 50 }));
    await vi.waitFor(() => run("select 1", { timeoutMs: 250 }), { timeout: 10_000 });
  });

  it("counts the wait for others against the time limit, and never runs who gave up", async () => {
    const began = performance.now();
    const slow = ending(run(ENDLESS, { timeoutMs: 1_500 }));
    const waiter = await ending(run(ENDLESS, { timeoutMs: 200 }));
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(waiter).toMatchObject({
      code: "query_timeout",
      detail: expect.stringContaining("waited for other queries"),
    });
    const behind = run("select 1", { timeoutMs: 5_000 });
    expect(await slow).toMatchObject({
      code: "query_timeout",
      detail: expect.stringContaining("longer than 1500 ms"),
    });
    expect(performance.now() - began).toBeGreaterThan(1_400);
    expect((await behind).rows).toEqual([[1]]);
  });

  it("leaves who runs alone when a waiting caller goes away", async () => {
    const count = run("select count(*) from generate_series(1, 1500000)");
    const caller = new AbortController();
    const waiter = ending(run(ENDLESS, {}, caller.signal));
    await new Promise((resolve) => setTimeout(resolve, 20));
    caller.abort();
    expect(await waiter).toMatchObject({ code: "client_closed" });
    expect((await count).rows).toEqual([[1_500_000]]);
  });

  it("lets 64 wait and turns the next away", async () => {
    const first = ending(run(ENDLESS, { timeoutMs: 500 }));
    const second = await ending(run("select 1", { timeoutMs: 20 }));
    expect(second).toMatchObject({ code: "query_timeout" });
    const waiting = Array.from({ length: 64 }, () => run("select 1"));
    expect(await ending(run("select 1"))).toMatchObject({
      code: "overloaded",
      retryAfterSeconds: 1,
    });
    await first;
    expect(await Promise.all(waiting)).toHaveLength(64);
  });
});

describe("memory", () => {
  let opened: Awaited<ReturnType<typeof openSource>>;
  beforeAll(async () => {
    opened = await openSource();
  });
  afterAll(() => opened?.close());

  /** By how much the process grew at most, and was still larger five seconds later at most, in MiB. */
  async function growth(
    sql: string,
    judge = (ended: unknown) => expect(ended).toMatchObject({ truncated: true }),
  ): Promise<{ peak: number; left: number }> {
    const run = (text: string) =>
      collect(
        opened.adapter.execute({ sql: text, params: [] }, budget({ timeoutMs: 60_000 }), quiet()),
      );
    await run("select 1");
    const rss = () => process.memoryUsage().rss / MIB;
    const before = rss();
    let peak = before;
    const watch = setInterval(() => {
      peak = Math.max(peak, rss());
    }, 5);
    const ended = await run(sql).catch((error: unknown) => error);
    clearInterval(watch);
    judge(ended);
    peak = Math.max(peak, rss());
    await run("select 1");
    let left = rss() - before;
    await vi
      .waitFor(
        () => {
          left = Math.min(left, rss() - before);
          expect(left).toBeLessThan(100);
        },
        { timeout: 5_000 },
      )
      .catch(() => undefined);
    console.info(`${sql}: +${Math.round(peak - before)} MiB, then +${Math.round(left)} MiB`);
    return { peak: peak - before, left };
  }

  it.each([
    ["rows of 5 MB", "select repeat('x', 5000000) || g from generate_series(1, 900) g"],
    [
      "small rows before rows of 5 MB",
      "select repeat('x', case when g <= 600 then 1 else 5000000 end) from generate_series(1, 700) g",
    ],
  ])("stays bounded by the budget with %s", async (_name, sql) => {
    const { peak, left } = await growth(sql);
    expect(peak).toBeLessThan(500);
    expect(left).toBeLessThan(150);
  });

  it("is given back by a statement that failed after taking it", async () => {
    const { left } = await growth(
      "select 1 / (length(repeat(repeat('x', 10000), 20000)) - 200000000)",
      (ended) => expect(ended).toMatchObject({ code: "query_failed" }),
    );
    expect(left).toBeLessThan(150);
  });

  it("is given back after a single giant row", async () => {
    const { left } = await growth("select repeat('x', 200000000)");
    expect(left).toBeLessThan(150);
  });
});

describe("the thread of the embedded database", () => {
  let database: EmbeddedDatabase;
  let remove: () => Promise<void>;
  beforeAll(async () => {
    const folder = await makeDataDir(["source"]);
    database = openEmbeddedDatabase(`${folder.path}/source`);
    remove = folder.remove;
    await database.ready();
  });
  afterAll(async () => {
    await database.close();
    await remove();
  });
  const one = { sql: "select 1 as one", params: [], mode: "rows" } as const;

  it("ends with whoever holds it, even one who waits for something else, and serves the next from a new one", async () => {
    const begun = Promise.withResolvers<EmbeddedDatabase["run"]>();
    const holder = database.exclusively(async (run) => {
      begun.resolve(run);
      await new Promise(() => undefined);
    });
    const run = await begun.promise;
    const next = database.run(one);
    const killed = database.kill("a test");
    await expect(holder).rejects.toThrow("a test");
    await expect(run(one)).rejects.toThrow("thread ended");
    await killed;
    expect((await next).rows).toEqual([{ one: 1 }]);
  });

  it("is not ended while it starts", async () => {
    await database.kill("a test");
    const before = database.startingMs();
    const next = database.run(one);
    await database.kill("a time-out of another");
    expect((await next).rows).toEqual([{ one: 1 }]);
    expect(database.startingMs()).toBeGreaterThan(before);
  });

  it("that cannot be started fails those who wait, and is tried again for the next", async () => {
    const broken = openEmbeddedDatabase("/dev/null/nowhere");
    const both = await Promise.allSettled([broken.run(one), broken.run(one)]);
    expect(both.map((each) => each.status)).toEqual(["rejected", "rejected"]);
    await expect(broken.ready()).rejects.toThrow();
    await broken.close();
    await expect(broken.run(one)).rejects.toThrow("closed");
  });
});

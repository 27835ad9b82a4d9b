/** Redis goes away, comes back, or falls silent under load: queries go on, nobody waits long, and it is used again. */
// covers: CACHE-09, CACHE-14, CACHE-15
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRedisSharedCache } from "../../shared/adapters/redis/redis-cache.ts";
import { createStopwatch } from "../../shared/cache/elapsed.ts";
import type { SharedCache } from "../../shared/cache/ports.ts";
import { systemClock } from "../../shared/kernel/clock.ts";
import { cellOf, memoryEpochs, oneRow, startCacheInstance } from "../support/cache-instance.ts";
import { noRedis, type RedisServer, startRedis } from "../support/redis-server.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe.skipIf(noRedis)("with a real Redis", () => {
  let server: RedisServer;
  let undo: (() => Promise<void>)[];
  beforeEach(async () => {
    server = await startRedis();
    undo = [() => server.stop()];
  });
  afterEach(async () => {
    for (const step of undo.reverse()) await step();
  });
  const open = async (port = server.port): Promise<SharedCache> => {
    const cache = createRedisSharedCache({
      url: `redis://127.0.0.1:${port}`,
      cluster: false,
      prefix: "test",
      clock: systemClock,
    });
    undo.push(() => cache.close());
    await cache.ping();
    return cache;
  };

  it("200 concurrent identical misses over two instances run one statement", async () => {
    const epochs = memoryEpochs();
    let executions = 0;
    const gate = Promise.withResolvers<void>();
    const execute = async () => {
      executions++;
      await gate.promise;
      return oneRow("once");
    };
    // A machine too busy to answer in 50 ms would show what happens without Redis, which is another test's affair.
    const patienceMs = 20_000;
    const instances = [
      startCacheInstance({ shared: await open(), epochs, execute, patienceMs }),
      startCacheInstance({ shared: await open(), epochs, execute, patienceMs }),
    ] as const;
    const asks = Array.from({ length: 200 }, (_, i) =>
      instances[i % 2 === 0 ? 0 : 1].ask("select"),
    );
    const waits = () => instances.reduce((n, one) => n + (one.counts.get("lease_wait") ?? 0), 0);
    while (waits() === 0) await turn();
    gate.resolve();
    const answers = await Promise.all(asks);
    expect(executions).toBe(1);
    expect(new Set(answers.map(cellOf))).toEqual(new Set(["once"]));
  });

  it("a leader's death costs the others its lease, and no more than one of them runs the statement again", async () => {
    const epochs = memoryEpochs();
    let executions = 0;
    const dying = await open();
    const dead = startCacheInstance({
      shared: { ...dying, results: { ...dying.results, put: () => new Promise(() => undefined) } },
      epochs,
      // Never answers, and its beats stop with its connection.
      execute: () => new Promise(() => undefined),
    });
    void dead.ask("select").catch(() => undefined);
    const probe = await open();
    const second = startCacheInstance({
      shared: probe,
      epochs,
      execute: async () => {
        executions++;
        return oneRow("again");
      },
    });
    const asks = Array.from({ length: 20 }, () => second.ask("select"));
    while ((second.counts.get("lease_wait") ?? 0) === 0 && executions === 0) await turn();
    await dying.close();
    expect(new Set((await Promise.all(asks)).map(cellOf))).toEqual(new Set(["again"]));
    expect(executions).toBe(1);
  });

  it("every query is answered while Redis is killed and started under load, with one warning, and it is used again", async () => {
    const one = startCacheInstance({
      shared: await open(),
      epochs: memoryEpochs(),
      execute: async (sql) => oneRow(sql),
      maxBytes: 1,
    });
    let stopped = false;
    const wrong: unknown[] = [];
    let asked = 0;
    const load = Array.from({ length: 8 }, async (_, worker) => {
      while (!stopped) {
        await turn();
        const sql = `select ${worker} ${asked++ % 50}`;
        const answer = await one.ask(sql).catch((error: unknown) => error);
        if (answer instanceof Error || cellOf(answer as never) !== sql) wrong.push(answer);
      }
    });
    const until = async (state: string) => {
      while (one.circuit?.state() !== state) await turn();
    };
    for (let round = 0; round < 2; round++) {
      await server.stop();
      await until("open");
      await server.start();
      await until("closed");
      const before = one.counts.get("hit") ?? 0;
      while ((one.counts.get("hit") ?? 0) < before + 20) await turn();
    }
    stopped = true;
    await Promise.all(load);
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(100);
    const warnings = one.lines.filter((line) => line.level === "warn");
    expect(warnings).toHaveLength(2);
    expect(one.lines.filter((line) => line.message === "the shared cache is back")).toHaveLength(2);
    expect(one.counts.get("shared_away")).toBeGreaterThan(0);
  });

  it("an invalidation reaches every instance's own memory at once, and what went unheard when they are connected again", async () => {
    const epochs = memoryEpochs();
    const time = { now: 1_000_000 };
    const common = {
      epochs,
      execute: async () => oneRow("x"),
      // Time stands still: nothing is looked for again but what was heard of.
      stopwatch: createStopwatch({ now: () => time.now }, () => time.now),
      patienceMs: 20_000,
    };
    const one = startCacheInstance({ ...common, shared: await open() });
    const other = startCacheInstance({ ...common, shared: await open() });
    const asksUntil = async (status: string, reason: string | undefined) => {
      for (;;) {
        const { cache } = await other.ask("select v");
        if (cache.status === status && cache.reason === reason) return;
        await turn();
      }
    };
    await asksUntil("hit", undefined);
    await one.cache.invalidate("s", ["jobs"]);
    await asksUntil("miss", "invalidated");

    await asksUntil("hit", undefined);
    await server.stop();
    await one.cache.invalidate("s", ["jobs"]);
    expect((await other.ask("select v")).cache.status).toBe("hit");
    await server.start();
    await asksUntil("miss", "invalidated");
  });

  it("a Redis that falls silent costs its patience once, then nothing, and is used again when it speaks", async () => {
    const proxy = await startTcpProxy(server.port);
    undo.push(() => proxy.stop());
    const shared = await open(proxy.port);
    let sent = 0;
    const counted: SharedCache = {
      ...shared,
      results: {
        ...shared.results,
        get: (place) => {
          sent++;
          return shared.results.get(place);
        },
      },
    };
    const one = startCacheInstance({
      shared: counted,
      epochs: memoryEpochs(),
      execute: async (sql) => oneRow(sql),
      maxBytes: 1,
    });
    // On a busy machine the first commands of a connection may take longer than anybody waits.
    const untilHit = async () => {
      while ((await one.ask("select 0")).cache.status !== "hit") await turn();
    };
    await untilHit();
    proxy.blackHole();
    sent = 0;
    for (let i = 1; i <= 50; i++) expect(cellOf(await one.ask(`select ${i}`))).toBe(`select ${i}`);
    // The first was sent and waited for; the others did not even ask.
    expect(sent).toBe(1);
    expect(one.circuit?.state()).not.toBe("closed");
    proxy.forward();
    while (one.circuit?.state() !== "closed") {
      await one.ask("select 0");
      await turn();
    }
    await untilHit();
  });
});

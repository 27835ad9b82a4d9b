/** The memory of change tokens: whoever joins a reading gets none that is older than his own freshness allows. */
// covers: CACHE-12
import { expect, it } from "vitest";
import { createMemorySharedCache } from "../../../shared/adapters/memory/shared-cache.ts";
import { createCircuit } from "../../../shared/cache/circuit.ts";
import { createStopwatch } from "../../../shared/cache/elapsed.ts";
import type { ResultIdentity, SharedReadings } from "../../../shared/cache/ports.ts";
import { createTokenMemory } from "../../../shared/cache/token-memory.ts";
import { manualClock, testContext } from "../../support/call-context.ts";

const FRESHNESS_MS = 1_000;
const signal = new AbortController().signal;
/** One list for all, as those who ask the same statement have. */
const TABLES = [{ schema: "public", name: "jobs" }];

function bench(clock = manualClock(), steady = clock, whileReading = () => {}) {
  const stopwatch = createStopwatch(clock, steady.now);
  const shared = createMemorySharedCache({ stopwatch, clock, maxBytes: 1_000_000 });
  const source = { token: "old", reads: 0 };
  const instance = (readings: SharedReadings = shared.readings) => {
    const circuit = createCircuit({
      patienceMs: 1_000_000,
      probeEveryMs: 1_000,
      probe: async () => undefined,
      stopwatch,
      log: testContext().ctx.log,
      onPassedOver: () => undefined,
    });
    const memory = createTokenMemory({ stopwatch, shared: { readings, circuit } });
    const identity = {
      registration: "s@1",
      tables: TABLES,
      terms: { ttlSeconds: 300, freshnessMs: FRESHNESS_MS, maxEntryBytes: 1 },
      readTokens: async () => {
        source.reads++;
        whileReading();
        return [source.token];
      },
    } as unknown as ResultIdentity;
    const readAs = async (who: ResultIdentity, anew = false) =>
      [...(await memory.read(who, signal, anew)).tokens.values()][0];
    return {
      read: () => readAs(identity),
      readAnew: () => readAs(identity, true),
      /** The same tables of a source that was registered anew. */
      readOfAnother: () => readAs({ ...identity, registration: "s@2" }),
      age: async () => (await memory.read(identity, signal, false)).ageMs,
    };
  };
  return { clock, shared, source, instance };
}

it("one that was joined on its way and proves to be older than its freshness is read again", async () => {
  const { clock, shared, source, instance } = bench();
  expect(await instance().read()).toBe("old");
  await Promise.resolve();
  source.token = "new";
  clock.advance(FRESHNESS_MS - 1);
  const gate = Promise.withResolvers<void>();
  const slow = instance({
    ...shared.readings,
    read: async (from, tables) => {
      const told = await shared.readings.read(from, tables);
      await gate.promise;
      return told;
    },
  });
  // The first asks while the other instance's reading still holds; the second a freshness after the change.
  const first = slow.read();
  await Promise.resolve();
  clock.advance(40);
  const second = slow.read();
  gate.resolve();
  expect(await first).toBe("old");
  expect(await second).toBe("new");
  expect(source.reads).toBe(2);
});

it("one that holds is taken by all who ask in its time, without asking the source again", async () => {
  const { clock, source, instance } = bench();
  const one = instance();
  await Promise.all(Array.from({ length: 50 }, () => one.read()));
  clock.advance(FRESHNESS_MS - 1);
  expect(await one.read()).toBe("old");
  expect(await instance().read()).toBe("old");
  expect(source.reads).toBe(1);
  clock.advance(1);
  await one.read();
  expect(source.reads).toBe(2);
});

it("one that was read since, or is another source's, is never taken for what was gathered before", async () => {
  const { clock, source, instance } = bench();
  const one = instance();
  expect(await one.read()).toBe("old");
  expect(await one.read()).toBe("old");
  clock.advance(300);
  expect(await one.age()).toBe(300);
  source.token = "new";
  expect(await one.readOfAnother()).toBe("new");
  expect(await one.read()).toBe("old");
  expect(await one.readAnew()).toBe("new");
  expect(await one.read()).toBe("new");
  expect(await one.age()).toBe(0);
  expect(source.reads).toBe(3);
});

it("one that takes a while is told to the others as old as it is, though the wall clock was set back meanwhile", async () => {
  const wall = manualClock(1_000_000);
  const steady = manualClock(0);
  const { shared, instance } = bench(wall, steady, () => {
    steady.advance(900);
    wall.advance(-20_000);
  });
  await instance().read();
  const [told] = await shared.readings.read("s@1", ['["public","jobs"]']);
  expect(told?.token).toBe("old");
  expect(told?.ageMs).toBeGreaterThanOrEqual(900);
});

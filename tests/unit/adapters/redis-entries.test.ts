/** What lies in Redis is not trusted: entries that nobody can read, and a server's time that is carried on. */
// covers: CACHE-10, CACHE-15
import { describe, expect, it } from "vitest";
import {
  createEntryReader,
  writeEntry,
} from "../../../shared/adapters/redis-scripts/entry-text.ts";
import { createServerTime } from "../../../shared/adapters/redis-scripts/server-time.ts";
import {
  createRedisCache,
  type RedisCommands,
} from "../../../shared/adapters/redis-scripts/shared-cache.ts";
import { createStopwatch } from "../../../shared/cache/elapsed.ts";
import type { CacheEntry } from "../../../shared/cache/ports.ts";
import { manualClock } from "../../support/call-context.ts";
import { renderKnown } from "../../support/result-stream.ts";

const clock = manualClock();
const place = { source: "s", key: "k" };
const stamped = (text: string) =>
  `${String(clock.now()).padStart(16, "0")}${"0".repeat(32)}${text}`;

async function readBack(stored: string | Buffer) {
  const commands: RedisCommands = {
    plain: { get: async () => stored, time: async () => clock.now() },
    run: async () => null,
    ping: async () => undefined,
    close: async () => undefined,
  };
  return createRedisCache(commands, { name: "redis", prefix: "p", clock }).results.get(place);
}

const entryText = (value: string) =>
  writeEntry(
    {
      result: renderKnown(
        { columns: [{ name: "v", type: "text" }], rows: [[value]], truncated: false },
        "arrays",
      ),
      evidence: { epochs: { "*all": 1 }, tokens: { t: "1" } },
      costMs: 1,
    },
    clock.now(),
  );

const facts = "1\t1\t0\tarrays\tfalse\tfalse";
const evidence = '{"epochs":{},"tokens":{}}';

describe("an entry", () => {
  it("comes back as it was put there", async () => {
    for (const value of ["small", "large ".repeat(20_000)]) {
      const found = await readBack(stamped(await entryText(value)));
      expect(JSON.parse(found?.entry.result.rowsJson("arrays") ?? "")).toEqual([[value]]);
    }
  });

  it("comes back from bytes as from text, and keeps no more of a connection's reading than its rows", async () => {
    const text = stamped(await entryText("größer ".repeat(500)));
    const reading = Buffer.alloc(200_000, "x");
    const length = reading.write(text, 1_000);
    const [one, other] = [
      await readBack(text),
      await readBack(reading.subarray(1_000, 1_000 + length)),
    ];
    expect({ ...other, ageMs: 0 }).toEqual({ ...one, ageMs: 0 });
    const kept = other?.entry.result.rowsBytes("arrays");
    expect(kept?.buffer.byteLength).toBe(kept?.byteLength);
    expect(other?.entry.result.columns).toEqual([{ name: "v", type: "text" }]);
    reading.fill(0);
    expect(other?.entry.result.rowsJson("arrays")).toBe(one?.entry.result.rowsJson("arrays"));
  });

  it.each([
    ["empty", async () => ""],
    ["of another release, without its line", async () => stamped("v2:binary")],
    ["without its evidence", async () => stamped(`${facts}\n[]`)],
    ["of the release before", async () => stamped('[1,1,0,"arrays",false,false]\t{}\t[]\n[]')],
    ["of evidence that is none", async () => stamped(`${facts}\t{"epochs":1}\t[]\n[]`)],
    ["of columns that are none", async () => stamped(`${facts}\t${evidence}\tgarbage\n[[1]]`)],
    [
      "of no time",
      async () => stamped(`1e999\t1\t0\tarrays\tfalse\tfalse\t${evidence}\t[]\n[[1]]`),
    ],
    [
      "of an empty time",
      async () => stamped(`\t1\t0\tarrays\tfalse\tfalse\t${evidence}\t[]\n[[1]]`),
    ],
    [
      "of half a row",
      async () => stamped(`1\t1\t0.5\tarrays\tfalse\tfalse\t${evidence}\t[]\n[[1]]`),
    ],
    ["of no format", async () => stamped(`1\t1\t0\ttables\tfalse\tfalse\t${evidence}\t[]\n[[1]]`)],
    [
      "of blank facts",
      async () => `${" ".repeat(48)} \t \t \tarrays\ttrue\tfalse\t${evidence}\t[]\n[]`,
    ],
    [
      "of a flag that is none",
      async () => stamped(`1\t1\t0\tarrays\tno\tfalse\t${evidence}\t[]\n[]`),
    ],
    ["of too few facts", async () => stamped(`1\t1\t${evidence}\t[]\n[]`)],
    ["of too many", async () => stamped(`${facts}\t${evidence}\t[]\t[]\n[]`)],
    ["null", async () => stamped("null\n[]")],
    ["no JSON", async () => stamped("{\n[]")],
    ["with no time in front", async () => `${"x".repeat(48)}${await entryText("a")}`],
    [
      "compressed wrongly",
      async () => {
        const text = await entryText("large ".repeat(20_000));
        return stamped(`${text.slice(0, text.indexOf("\n"))}\nnot compressed`);
      },
    ],
  ])("that is %s is not there, and no failure of the store", async (_name, stored) => {
    expect(await readBack(await stored())).toBeNull();
  });
});

it("of the same tables and columns share what was read of them, however many they are", async () => {
  const wide = Array.from({ length: 30 }, (_, i) => ({ name: `column_${i}`, type: "text" }));
  const made = { epochs: { "*all": 1 }, tokens: { one: "1", other: "2" } };
  const texts = await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      const known = { columns: wide, rows: [wide.map(() => "v")], truncated: false };
      const entry = { result: renderKnown(known, "arrays"), evidence: made, costMs: 1 };
      return stamped(await writeEntry(entry, clock.now() + at));
    }),
  );
  const read = createEntryReader();
  const entries = texts.map((text) => read(Buffer.from(text))) as { entry: CacheEntry }[];
  expect(new Set(entries.map(({ entry }) => entry.result.columns)).size).toBe(1);
  expect(new Set(entries.map(({ entry }) => entry.evidence)).size).toBe(1);
});

describe("the server's time", () => {
  const start = () => {
    const wall = manualClock(1_000_000);
    const steady = manualClock(0);
    const server = manualClock(5_000_000);
    let asked = 0;
    const time = createServerTime(
      async () => {
        asked++;
        const at = server.now();
        // The answer is on its way for a while.
        for (const one of [wall, steady, server]) one.advance(20);
        return at;
      },
      createStopwatch(wall, steady.now),
    );
    const pass = (ms: number) => {
      for (const one of [wall, steady, server]) one.advance(ms);
    };
    return { wall, steady, server, time, pass, asked: () => asked };
  };

  it("is asked for once a second, and never earlier than it is", async () => {
    const { server, time, pass, asked } = start();
    for (let i = 0; i < 100; i++) {
      await time.ask();
      expect(time.now()).toBeGreaterThanOrEqual(server.now());
      expect(time.now() - server.now()).toBeLessThanOrEqual(20);
      pass(50);
    }
    expect(asked()).toBeLessThanOrEqual(6);
  });

  it("is not set back with this instance's wall clock, nor left behind by a machine that slept", async () => {
    const { wall, server, time, pass } = start();
    await time.ask();
    wall.advance(-3_600_000);
    pass(500);
    expect(time.now()).toBeGreaterThanOrEqual(server.now());
    const slept = start();
    await slept.time.ask();
    for (const one of [slept.wall, slept.server]) one.advance(60_000);
    expect(slept.time.now()).toBeGreaterThanOrEqual(slept.server.now());
  });
});

/** What is written behind the caller's back is written in order, once, within bounds. */
// covers: QRY-12, CACHE-03
import { describe, expect, it } from "vitest";
import { createWriteBehind } from "../../../shared/adapters/metadata/write-behind.ts";
import { testContext } from "../../support/call-context.ts";

function bench(
  fails: (call: number) => boolean = () => false,
  batchSize = 3,
  meanwhile: () => void = () => undefined,
) {
  const written: number[] = [];
  const batches: number[] = [];
  let calls = 0;
  const { ctx, lines } = testContext();
  const pending = createWriteBehind<number>({
    name: "numbers",
    log: ctx.log,
    batchSize,
    // Only `drain` writes here, so that no test waits for a timer.
    delayMs: 3_600_000,
    flush: async (items) => {
      if (fails(calls++)) throw new Error("store away");
      batches.push(items.length);
      written.push(...items);
      meanwhile();
    },
  });
  return { pending, written, batches, lines };
}

describe("write-behind", () => {
  it("writes everything in order, in batches no larger than asked", async () => {
    const { pending, written, batches } = bench();
    for (let i = 0; i < 10; i++) pending.add(i);
    await pending.drain();
    expect(written).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(batches).toEqual([3, 3, 3, 1]);
  });

  it("tries a failed batch again with the next, loses nothing, and says so without the records", async () => {
    const { pending, written, lines } = bench((call) => call === 1);
    for (let i = 0; i < 5; i++) pending.add(i);
    await pending.drain();
    expect(written).toEqual([0, 1, 2]);
    pending.add(5);
    await pending.drain();
    expect(written).toEqual([0, 1, 2, 3, 4, 5]);
    expect(lines).toEqual([
      {
        level: "warn",
        message: expect.any(String),
        fields: {
          records: "numbers",
          waiting: 2,
          dropped: 0,
          error: "Error",
          reason: "store away",
        },
      },
    ]);
  });

  it("never writes an item twice when drained by 10 at the same time", async () => {
    const { pending, written } = bench();
    for (let i = 0; i < 20; i++) pending.add(i);
    await Promise.all(Array.from({ length: 10 }, () => pending.drain()));
    expect(written).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("leaves what comes while it writes for the next time, together", async () => {
    const { pending, written, batches } = bench(undefined, 100, () => {
      for (let i = 0; i < 10 && written.length < 30; i++) pending.add(written.length);
    });
    pending.add(0);
    await pending.drain();
    expect(batches).toEqual([1]);
    await pending.drain();
    expect(batches).toEqual([1, 10]);
  });

  it("stays bounded while the store is away, keeps the newest, and counts what it dropped", async () => {
    let away = true;
    const { pending, written, lines } = bench(() => away, 500);
    const total = 95_000;
    for (let i = 0; i < total; i++) {
      pending.add(i);
      if (i % 10_000 === 0) await pending.drain();
    }
    await pending.drain();
    away = false;
    await pending.drain();
    expect(written.length).toBeLessThanOrEqual(20_000);
    expect(written.at(-1)).toBe(total - 1);
    const dropped = lines.reduce((sum, line) => sum + Number(line.fields.dropped ?? 0), 0);
    expect(dropped + written.length).toBe(total);
  });

  it("counts what it drops when so much comes that no batch could be tried", async () => {
    const { pending, written, lines } = bench(() => false, 500);
    const total = 100_000;
    for (let i = 0; i < total; i++) pending.add(i);
    await pending.drain();
    const dropped = lines.reduce((sum, line) => sum + Number(line.fields.dropped ?? 0), 0);
    expect(dropped).toBeGreaterThan(0);
    expect(dropped + written.length).toBe(total);
  });
});

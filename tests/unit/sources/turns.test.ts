/** Turns on a source: bounded, fair between callers, and nothing is lost when someone leaves the queue. */
// covers: SRC-12
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createTurns } from "../../../shared/sources/turns.ts";
import { quiet } from "../../support/source-fixture.ts";

const LONG = 60_000;
const make = (part: Partial<Parameters<typeof createTurns>[0]> = {}) =>
  createTurns({
    sourceId: "s",
    concurrency: 2,
    maxWaiting: 10,
    maxWaitingPerCaller: 5,
    ...part,
  });
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("turns", () => {
  it("let so many run at once, and the next when one ends", async () => {
    const turns = make();
    const [end] = await Promise.all(["a", "b"].map((who) => turns.take(who, LONG, quiet())));
    let third = false;
    const waiting = turns.take("c", LONG, quiet()).then((done) => {
      third = true;
      return done;
    });
    await settle();
    expect([third, turns.status()]).toEqual([false, { running: 2, waiting: 1 }]);
    end?.();
    end?.();
    await waiting;
    expect(turns.status()).toEqual({ running: 2, waiting: 0 });
  });

  it("go to the caller with the fewest running, so that a crowd does not hold up a newcomer", async () => {
    const wide = make({ concurrency: 2 });
    const held = await wide.take("crowd", LONG, quiet());
    const also = await wide.take("crowd", LONG, quiet());
    const got: string[] = [];
    const note = (who: string) => wide.take(who, LONG, quiet()).then(() => got.push(who));
    const queue = [note("crowd"), note("crowd"), note("newcomer")];
    await settle();
    also();
    await settle();
    expect(got).toEqual(["newcomer"]);
    held();
    await settle();
    expect(got).toEqual(["newcomer", "crowd"]);
    expect(queue).toHaveLength(3);
  });

  it("are refused to whoever has too many waiting, and to everyone when too many wait", async () => {
    const turns = make({ concurrency: 1 });
    await turns.take("a", LONG, quiet());
    for (let i = 0; i < 5; i++) void turns.take("a", LONG, quiet());
    await expect(turns.take("a", LONG, quiet())).rejects.toMatchObject({
      code: "rate_limited",
      status: 429,
      retryAfterSeconds: 1,
    });
    for (let i = 0; i < 5; i++) void turns.take(`other ${i}`, LONG, quiet());
    await expect(turns.take("b", LONG, quiet())).rejects.toMatchObject({
      code: "overloaded",
      status: 503,
      retryAfterSeconds: 1,
    });
  });

  it("end the wait of whoever leaves or has waited long enough, and skip them", async () => {
    const turns = make({ concurrency: 1 });
    const end = await turns.take("a", LONG, quiet());
    const caller = new AbortController();
    const leaver = turns.take("b", LONG, caller.signal);
    const impatient = turns.take("c", 5, quiet());
    const patient = turns.take("d", LONG, quiet());
    caller.abort();
    await expect(leaver).rejects.toMatchObject({ code: "client_closed" });
    await expect(impatient).rejects.toMatchObject({ code: "overloaded" });
    end();
    await patient;
    expect(turns.status()).toEqual({ running: 1, waiting: 0 });
  });

  it("never run more than allowed and lose nobody, whatever the order of comings and goings", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.record({ who: fc.constantFrom("a", "b", "c"), leaves: fc.boolean() }), {
          maxLength: 25,
        }),
        fc.scheduler(),
        async (concurrency, calls, scheduler) => {
          const turns = make({ concurrency, maxWaiting: 100, maxWaitingPerCaller: 100 });
          let running = 0;
          let served = 0;
          let left = 0;
          const all = calls.map(async ({ who, leaves }, i) => {
            const caller = new AbortController();
            if (leaves)
              void scheduler.schedule(Promise.resolve(), `leave ${i}`).then(() => caller.abort());
            const end = await turns.take(who, LONG, caller.signal).catch(() => null);
            if (end === null) {
              left++;
              return;
            }
            expect(++running).toBeLessThanOrEqual(concurrency);
            await scheduler.schedule(Promise.resolve(), `work ${i}`);
            running--;
            served++;
            end();
          });
          await scheduler.waitFor(Promise.all(all));
          expect(served + left).toBe(calls.length);
          expect(turns.status()).toEqual({ running: 0, waiting: 0 });
        },
      ),
      { numRuns: 200 },
    );
  });
});

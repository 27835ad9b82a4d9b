/** One execution for any number of identical requests, stopped when nobody waits, never given to who comes later. */
// covers: CACHE-09, QRY-14
import { describe, expect, it } from "vitest";
import { createSingleFlight } from "../../../shared/kernel/single-flight.ts";

const signal = () => new AbortController().signal;
const ends = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );

/** Work that ends when it is told to, and notes each start and whether it was stopped. */
function bench() {
  const flights = createSingleFlight<number>();
  const started: { signal: AbortSignal; end: PromiseWithResolvers<number> }[] = [];
  const run = (key: string, caller = signal()) =>
    flights.run(key, caller, (work) => {
      const end = Promise.withResolvers<number>();
      started.push({ signal: work, end });
      work.addEventListener("abort", () => end.reject(new Error("stopped")));
      return end.promise;
    });
  return { run, started };
}

describe("single flight", () => {
  it("runs the work of one key once for 100 callers, and of another key apart", async () => {
    const { run, started } = bench();
    const all = Array.from({ length: 100 }, () => run("a"));
    const other = run("b");
    expect(started).toHaveLength(2);
    started[0]?.end.resolve(1);
    started[1]?.end.resolve(2);
    expect(new Set(await Promise.all(all))).toEqual(new Set([1]));
    expect(await other).toBe(2);
  });

  it("starts anew once the work has ended, well or badly, and keeps no failure", async () => {
    const { run, started } = bench();
    const failed = [ends(run("a")), ends(run("a"))];
    started[0]?.end.reject(new Error("bad"));
    for (const one of await Promise.all(failed)) expect(String(one)).toBeDefined();
    expect(await failed[0]).toMatchObject({ error: { message: "bad" } });
    const again = run("a");
    expect(started).toHaveLength(2);
    started[1]?.end.resolve(7);
    expect(await again).toBe(7);
  });

  it("goes on while one of many still waits, and is stopped when the last has gone", async () => {
    const { run, started } = bench();
    const callers = [new AbortController(), new AbortController(), new AbortController()];
    const all = callers.map((caller) => ends(run("a", caller.signal)));
    callers[0]?.abort();
    callers[2]?.abort();
    expect(started[0]?.signal.aborted).toBe(false);
    callers[1]?.abort();
    expect(started[0]?.signal.aborted).toBe(true);
    for (const one of await Promise.all(all)) expect(one).toHaveProperty("error");
  });

  it("never gives stopped work to a caller who comes afterwards", async () => {
    const { run, started } = bench();
    const gone = new AbortController();
    const first = ends(run("a", gone.signal));
    gone.abort();
    const second = run("a");
    expect(started).toHaveLength(2);
    await first;
    const third = run("a");
    expect(started).toHaveLength(2);
    started[1]?.end.resolve(5);
    expect(await Promise.all([second, third])).toEqual([5, 5]);
  });

  it("starts nothing for a caller who has gone, and does not count them as waiting", async () => {
    const { run, started } = bench();
    await expect(run("a", AbortSignal.abort())).rejects.toMatchObject({ code: "client_closed" });
    expect(started).toHaveLength(0);
    const caller = new AbortController();
    const first = ends(run("a", caller.signal));
    await ends(run("a", AbortSignal.abort()));
    caller.abort();
    expect(started[0]?.signal.aborted).toBe(true);
    await first;
  });

  it("turns work that throws at once into a failure of the call, and is free afterwards", async () => {
    const flights = createSingleFlight<number>();
    const bad = flights.run("a", signal(), () => {
      throw new Error("at once");
    });
    await expect(bad).rejects.toThrow("at once");
    expect(await flights.run("a", signal(), async () => 3)).toBe(3);
  });
});

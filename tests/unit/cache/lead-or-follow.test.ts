/** Following a leader: never longer than one's own statement might have taken. */
// covers: CACHE-14
import { expect, it } from "vitest";
import { createMemorySharedCache } from "../../../shared/adapters/memory/shared-cache.ts";
import { createStopwatch } from "../../../shared/cache/elapsed.ts";
import { awaitTurn, type LeaseDeps } from "../../../shared/cache/lead-or-follow.ts";
import { manualClock } from "../../support/call-context.ts";

it("leaders who fail one after the other keep nobody longer than his own time limit", async () => {
  const clock = manualClock();
  const stopwatch = createStopwatch(clock, clock.now);
  const { results } = createMemorySharedCache({ stopwatch, clock, maxBytes: 1_000 });
  const place = { source: "s", key: "k" };
  const claimFor = (holder: string) =>
    results.claim(place, null, { name: "n", holder, leaseMs: 1_000_000 });
  await claimFor("leader 0");
  let leaders = 0;
  const deps: LeaseDeps = {
    results,
    circuit: { run: (work) => work(), state: () => "closed" },
    stopwatch,
    leaseMs: 1_000,
    // Each time the follower looks again, another has taken the lease before him.
    pause: async (ms) => {
      clock.advance(ms);
      await results.release(place, { name: "n", holder: `leader ${leaders}` });
      await claimFor(`leader ${++leaders}`);
    },
    every: () => () => undefined,
    onWait: () => undefined,
  };
  const wanted = {
    evidence: { epochs: {}, tokens: {} },
    maxAgeMs: 1_000,
    name: "n",
    patienceMs: 2_000,
  };
  const came = clock.now();
  await expect(awaitTurn(deps, place, wanted, new AbortController().signal)).rejects.toMatchObject({
    code: "query_timeout",
  });
  expect(clock.now() - came).toBeGreaterThanOrEqual(2_000);
  expect(clock.now() - came).toBeLessThan(2_100);
});

/** What every HealthStore promises: run on the memory fake and on every database that implements it. */
// covers: HEALTH-03
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HealthStore, TargetHealth } from "../../shared/health/ports.ts";
import { recordCheck } from "../../shared/health/record-check.ts";

export interface OpenedHealthStore {
  readonly store: HealthStore;
  close(): Promise<void>;
}

const T0 = Date.parse("2026-03-01T12:00:00.000Z");

const health = (target: string, part: Partial<TargetHealth> = {}): TargetHealth => ({
  target,
  state: "failing",
  consecutiveFailures: 1,
  consecutiveSuccesses: 0,
  lastCheckedAt: new Date(T0 + 7).toISOString(),
  lastStatus: "failed",
  evidence: "status 503",
  latencyMs: 12.5,
  lastSlot: T0,
  incidentOpen: false,
  version: 1,
  ...part,
});

export function describeHealthStore(name: string, start: () => Promise<OpenedHealthStore>): void {
  describe(`HealthStore on ${name}`, () => {
    let opened: OpenedHealthStore;
    beforeAll(async () => {
      opened = await start();
    }, 60_000);
    afterAll(() => opened.close());

    it("knows nothing of a target that was never checked", async () => {
      expect(await opened.store.load("model:none")).toBeNull();
    });

    it("gives back what was saved", async () => {
      const first = health("model:a");
      expect(await opened.store.save(first)).toBe(true);
      expect(await opened.store.load("model:a")).toEqual(first);
      const second = health("model:a", {
        version: 2,
        state: "healthy",
        latencyMs: null,
        incidentOpen: true,
        lastStatus: "ok",
      });
      expect(await opened.store.save(second)).toBe(true);
      expect(await opened.store.load("model:a")).toEqual(second);
    });

    it("takes one of 20 writers of the same version", async () => {
      const write = (version: number) =>
        Promise.all(
          Array.from({ length: 20 }, () => opened.store.save(health("model:race", { version }))),
        );
      expect((await write(1)).filter(Boolean)).toHaveLength(1);
      expect((await write(2)).filter(Boolean)).toHaveLength(1);
      expect((await write(2)).filter(Boolean)).toHaveLength(0);
      expect(await opened.store.save(health("model:unseen", { version: 2 }))).toBe(false);
    });

    it("counts a slot once, however many instances bring a result for it", async () => {
      const record = {
        target: "model:slots",
        outcome: "failed",
        evidence: "status 500",
        latencyMs: 3,
        at: T0,
      } as const;
      for (const slot of [1000, 2000, 2000, 1000]) {
        await Promise.all(
          Array.from({ length: 8 }, () =>
            recordCheck({ health: opened.store }, { ...record, slot }),
          ),
        );
      }
      expect(await opened.store.load("model:slots")).toMatchObject({
        consecutiveFailures: 2,
        state: "failing",
        lastSlot: 2000,
        version: 2,
      });
    });

    it("lists by prefix, by name, and forgets", async () => {
      for (const target of ["list:b", "list:A", "list:_", "list:a", "listing"])
        await opened.store.save(health(target));
      await opened.store.remove("list:b");
      expect((await opened.store.list("list:")).map((one) => one.target)).toEqual([
        "list:A",
        "list:_",
        "list:a",
      ]);
      expect(await opened.store.list("list%")).toEqual([]);
    });
  });
}

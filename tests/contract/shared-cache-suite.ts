/** What every shared cache promises, whatever the vendor. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type {
  CacheEntry,
  Evidence,
  FoundEntry,
  LeaseTerms,
  SharedCache,
  SharedPlace,
} from "../../shared/cache/ports.ts";
import { type ManualClock, manualClock } from "../support/call-context.ts";
import { renderKnown } from "../support/result-stream.ts";

export interface CacheClocks {
  /** Of the instance. */
  readonly wall: ManualClock;
  /** Of the server. */
  readonly server: ManualClock;
}

export interface OpenedCache {
  readonly cache: SharedCache;
  close(): Promise<void>;
}

const evidence = (epoch = 1, token = "t1"): Evidence => ({
  epochs: { "*all": 0, jobs: epoch },
  tokens: { '["public","jobs"]': token },
});
const entryOf = (value: string, part: Partial<CacheEntry> = {}): CacheEntry => ({
  result: renderKnown(
    { columns: [{ name: "v", type: "text" }], rows: [[value], [null]], truncated: true },
    "arrays",
  ),
  evidence: evidence(),
  costMs: 0,
  ...part,
});
const limits = { keepMs: 600_000, maxBytes: 1_000_000 };
const terms = (holder: string, name = "n"): LeaseTerms => ({ name, holder, leaseMs: 1_000 });
const wanted = (part: Partial<{ evidence: Evidence; maxAgeMs: number }> = {}) => ({
  evidence: evidence(),
  maxAgeMs: 10_000,
  ...part,
});

let places = 0;

export function sharedCacheSuite(
  name: string,
  open: (clocks: CacheClocks) => Promise<OpenedCache>,
): void {
  describe(`the shared cache: ${name}`, () => {
    const clocks: CacheClocks = { wall: manualClock(), server: manualClock() };
    const advance = (ms: number) => {
      clocks.wall.advance(ms);
      clocks.server.advance(ms);
    };
    let opened: OpenedCache;
    let place: SharedPlace;
    beforeAll(async () => {
      opened = await open(clocks);
    });
    afterAll(() => opened.close());
    beforeEach(() => {
      places++;
      place = { source: `s${places} {odd}`, key: `k${places}` };
    });
    const born = (entry: CacheEntry) => ({ entry, bornAt: clocks.wall.now() - entry.costMs });
    const put = (entry: CacheEntry, holder = "nobody") =>
      opened.cache.results.put(place, born(entry), { name: "n", holder }, limits);
    const get = () => opened.cache.results.get(place);

    it.each([
      ["a small result", 'plain ünïcode \u2028 "quoted" \\ \n line'],
      ["a result that is compressed", `${"many rows 🙂 ".repeat(20_000)}`],
    ])("gives back %s as it was, and how old it is", async (_name, value) => {
      expect(await get()).toBeNull();
      const entry = entryOf(value, { costMs: 250 });
      expect(await put(entry)).toBe("stored");
      advance(1_000);
      const found = await get();
      expect(found?.ageMs).toBe(1_250);
      expect(found?.entry.evidence).toEqual(entry.evidence);
      expect(found?.entry.costMs).toBe(250);
      const { result } = (found as FoundEntry).entry;
      expect(result).toMatchObject({ rowCount: 2, truncated: true, format: "arrays" });
      expect(result.columns).toEqual(entry.result.columns);
      for (const format of ["arrays", "objects"] as const)
        expect(result.rowsJson(format)).toBe(entry.result.rowsJson(format));
    });

    it("takes the older of two opinions on an entry's age, should one clock be set back", async () => {
      await put(entryOf("a"));
      clocks.server.advance(-5_000);
      clocks.wall.advance(2_000);
      expect((await get())?.ageMs).toBe(2_000);
      clocks.server.advance(15_000);
      clocks.wall.advance(-60_000);
      expect((await get())?.ageMs).toBe(10_000);
    });

    it("refuses a result whose epoch has moved, and takes one of the epoch that is told", async () => {
      await opened.cache.results.raise(place.source, { jobs: 2, other: 9 });
      expect(await put(entryOf("late"))).toBe("epoch_moved");
      expect(await get()).toBeNull();
      expect(await put(entryOf("now", { evidence: evidence(2) }))).toBe("stored");
      await opened.cache.results.raise(place.source, { jobs: 1 });
      expect(await put(entryOf("late"))).toBe("epoch_moved");
      expect((await get())?.entry.evidence).toEqual(evidence(2));
    });

    it("tells all who listen of what is raised, or says that it cannot", async () => {
      const told: [string, unknown][] = [];
      const { cache } = opened;
      if (cache.listen === undefined) {
        expect(cache.name).toBe("upstash");
        return;
      }
      cache.listen({
        heard: (source, epochs) => void told.push([source, epochs]),
        lost: () => undefined,
      });
      // Whoever connects later has not heard what was said before.
      await vi.waitFor(async () => {
        await cache.results.raise(place.source, { "*any": 3, jobs: 2 });
        expect(told).toContainEqual([place.source, { "*any": 3, jobs: 2 }]);
      });
    });

    it("does not take what is too large, compressed or not", async () => {
      const noise = Array.from({ length: 100_000 }, () => Math.random().toString(36)).join("");
      const small = { ...limits, maxBytes: 1_000 };
      const holder = { name: "n", holder: "a" };
      expect(await opened.cache.results.put(place, born(entryOf(noise)), holder, small)).toBe(
        "too_large",
      );
      expect(await get()).toBeNull();
    });

    it("lets one of many lead, and gives the others the result when it lies there", async () => {
      const { results } = opened.cache;
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, i) => results.claim(place, wanted(), terms(`h${i}`))),
      );
      const leader = claims.findIndex((claim) => claim.kind === "lead");
      expect(claims.filter((claim) => claim.kind === "lead")).toHaveLength(1);
      expect(claims.filter((claim) => claim.kind === "held")).toHaveLength(19);
      await put(entryOf("done"), `h${leader}`);
      const after = await results.claim(place, wanted(), terms("x"));
      expect(after).toMatchObject({ kind: "ready" });
    });

    it("hands over only what is made of the same, and young enough", async () => {
      const { results } = opened.cache;
      await put(entryOf("a"));
      advance(5_000);
      const claim = async (part: Parameters<typeof wanted>[0], holder: string) =>
        (await results.claim(place, wanted(part), terms(holder, holder))).kind;
      expect(await claim({}, "a")).toBe("ready");
      expect(await claim({ maxAgeMs: 5_000 }, "b")).toBe("lead");
      expect(await claim({ evidence: evidence(2) }, "c")).toBe("lead");
      expect(await claim({ evidence: evidence(1, "t2") }, "d")).toBe("lead");
      expect((await results.claim(place, null, terms("e", "e"))).kind).toBe("lead");
    });

    it("ends a dead leader's lease with its time, and prolongs a living one's", async () => {
      const { results } = opened.cache;
      const claim = async (holder: string) =>
        (await results.claim(place, wanted(), terms(holder))).kind;
      expect(await claim("one")).toBe("lead");
      advance(900);
      expect(await claim("two")).toBe("held");
      expect(await claim("one")).toBe("lead");
      advance(900);
      expect(await claim("two")).toBe("held");
      advance(100);
      expect(await claim("two")).toBe("lead");
      expect(await claim("one")).toBe("held");
    });

    it("gives a lease back to its holder's word only, and with the result", async () => {
      const { results } = opened.cache;
      const claim = async (holder: string) =>
        (await results.claim(place, null, terms(holder))).kind;
      expect(await claim("one")).toBe("lead");
      await results.release(place, { name: "n", holder: "two" });
      expect(await claim("two")).toBe("held");
      await results.release(place, { name: "n", holder: "one" });
      expect(await claim("two")).toBe("lead");
      await put(entryOf("a"), "two");
      expect(await claim("three")).toBe("lead");
    });

    it("shares readings with their age, and what cannot be told as such", async () => {
      const { readings } = opened.cache;
      const source = `readings ${place.source}`;
      expect(await readings.read(source, ["a"])).toEqual([null]);
      await readings.write(
        source,
        new Map([
          ["a", "1:2"],
          ["b", null],
        ]),
        clocks.wall.now() - 30,
      );
      advance(500);
      const [a, b, c] = await readings.read(source, ["a", "b", "c"]);
      expect(a).toEqual({ token: "1:2", ageMs: 530 });
      expect(b).toEqual({ token: null, ageMs: 530 });
      expect(c).toBeNull();
    });

    it("answers a ping", async () => {
      await opened.cache.ping();
    });
  });
}

/** Random stories of readers, writers, invalidations, deaths, lost answers and jumping clocks; each answer is judged when it comes. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Mark } from "../../shared/cache/elapsed.ts";
import { DEFAULT_TIMEOUT_MS } from "../../shared/contract/query.ts";
import { AppError } from "../../shared/kernel/app-error.ts";
import type { Answered } from "../../shared/query/answer-statement.ts";
import type { CacheControl } from "../../shared/query/cache-control.ts";
import { QUERIES, type Row, settle, TABLES, type TableState, type World } from "./cache-world.ts";
import type { RedisServer } from "./redis-server.ts";

const INSTANCES = 3;

const controls: readonly Partial<CacheControl>[] = [
  {},
  {},
  {},
  { noCache: true },
  { staleSeconds: 2 },
  { staleSeconds: Infinity },
  { maxAgeSeconds: 1 },
  { maxAgeSeconds: 3, staleSeconds: 2 },
];
const act = <K extends string, T>(kind: K, part: { [P in keyof T]: fc.Arbitrary<T[P]> }) =>
  fc.record({ do: fc.constant(kind), ...part }) as fc.Arbitrary<{ do: K } & T>;
const on = fc.nat(INSTANCES - 1);
const modes = ["up", "up", "down", "lossy", "emptied"] as const;

const step = fc.oneof(
  {
    weight: 10,
    arbitrary: act("go", { picks: fc.array(fc.nat(50), { minLength: 1, maxLength: 12 }) }),
  },
  {
    weight: 12,
    arbitrary: act("read", {
      on,
      query: fc.constantFrom(0, 0, 0, 1, 2, 3),
      principal: fc.constantFrom(0, 0, 0, 1),
      control: fc.nat(controls.length - 1),
    }),
  },
  { weight: 7, arbitrary: act("finish", { turns: fc.constantFrom(20, 60, 400) }) },
  { weight: 3, arbitrary: act("write", { table: fc.nat(TABLES.length - 1) }) },
  { weight: 2, arbitrary: act("invalidate", { on, table: fc.nat(TABLES.length) }) },
  {
    weight: 3,
    arbitrary: act("wait", { ms: fc.constantFrom(1, 100, 500, 999, 1_000, 3_000, 9_999, 10_000) }),
  },
  { weight: 1, arbitrary: act("die", { on }) },
  { weight: 1, arbitrary: act("store", { mode: fc.constantFrom(...modes) }) },
  {
    weight: 1,
    arbitrary: act("jump", { ms: fc.constantFrom(-20_000, -1_500, -400, 700, 5_000, 30_000) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Reading = Extract<Step, { do: "read" }>;

export interface Story {
  readonly freshnessMs: number;
  /** Which one clock is not to be trusted: with two at once nobody could know the time. */
  readonly sick: "none" | "wall" | "steady" | "server";
  readonly steps: readonly Step[];
}

export const stories: fc.Arbitrary<Story> = fc.record({
  freshnessMs: fc.constantFrom(0, 1_000, 1_000, 3_000),
  sick: fc.constantFrom("none", "wall", "steady", "server"),
  steps: fc.array(step, { minLength: 20, maxLength: 90, size: "max" }),
});

/** Invalidations are looked for at least so often (see the cache's evidence). */
const EPOCH_WINDOW_MS = 1_000;

/**
 * Who waits for a lease whose end a server's clock has put off looks again every 50 ms, for his whole limit: three turns
 * a look, for as many as a story has readers.
 */
const MOST_TURNS = (DEFAULT_TIMEOUT_MS / 50) * 3 * 90;

/** Plays a story to its end, in which everybody alive gets an answer. @throws what is wrong with one. */
export async function tell(
  world: World,
  story: Story,
  server: RedisServer,
): Promise<readonly Answered[]> {
  const tale = createTale(world, story);
  for (const one of story.steps) {
    if (one.do === "store" && one.mode === "emptied") await server.empty();
    else if (one.do === "go") for (const pick of one.picks) await go(world, pick);
    else if (one.do === "finish") await finish(world, one.turns);
    else tale.happen(one);
    await settle(world.io);
    tale.fail();
  }
  world.time.mode = "up";
  for (let turn = 0; tale.waiting() > 0; turn++) {
    if (turn > MOST_TURNS) throw new Error(`${tale.waiting()} readers wait for ever`);
    if (!(await go(world, turn))) {
      const next = world.gates.nextDue();
      if (next === null) throw new Error("readers wait for nothing");
      world.time.now = Math.max(world.time.now, next);
    }
    tale.fail();
  }
  return tale.answers;
}

/** Lets things go their way for a while, in order, without time passing. */
async function finish(world: World, turns: number): Promise<void> {
  for (let turn = 0; turn < turns && (await go(world, 0)); turn++);
}

async function go({ gates, io }: World, pick: number): Promise<boolean> {
  const went = gates.open(pick);
  await settle(io);
  return went;
}

function createTale(world: World, { sick, freshnessMs }: Story) {
  const { time, states } = world;
  const past = createPast(() => time.now);
  const answers: Answered[] = [];
  const failures: unknown[] = [];
  const open = new Map<number, number>();
  /** Of each instance: when the first of those who now wait came, and each jump of a clock since. */
  const marks = new Map<number, Mark[]>();
  let owners = 0;
  const start = () => world.startInstance(owners++);
  const instances = Array.from({ length: INSTANCES }, start);
  const at = (index: number) => instances[index] as (typeof instances)[number];

  const read = (one: Reading) => {
    const { owner, stopwatch, read: ask } = at(one.on);
    const asked = { ...one, ...past.must(one, freshnessMs) };
    if ((open.get(owner) ?? 0) === 0) marks.set(owner, [stopwatch.mark()]);
    open.set(owner, (open.get(owner) ?? 0) + 1);
    ask(one.query, one.principal, controls[one.control] ?? {})
      .then((answered) => {
        open.set(owner, (open.get(owner) ?? 0) - 1);
        answers.push(answered);
        judge(answered, asked, world.terms.ttlSeconds);
      })
      .catch((error: unknown) => {
        // Who waited as long as the statement might have taken is told so, and that is an answer; so are those who joined him.
        const gaveUp =
          error instanceof AppError &&
          error.code === "query_timeout" &&
          (marks.get(owner) ?? []).some((mark) => stopwatch.since(mark) >= DEFAULT_TIMEOUT_MS);
        if (!gaveUp) failures.push(error);
        open.set(owner, (open.get(owner) ?? 0) - 1);
      });
  };
  const change = (table: number, field: keyof TableState) => {
    const before = states[table] as TableState;
    const after = { ...before, [field]: before[field] + 1 };
    states[table] = after;
    return after[field];
  };
  const invalidate = (by: number, table: number) => {
    const all = table === TABLES.length;
    const tables = all ? TABLES.map((_, i) => i) : [table];
    const now = tables.map((one) => ({ one, value: change(one, "untold") }));
    const names = all ? "all" : tables.map((one) => TABLES[one] as string);
    // Whoever was told that it is done may count on it from then on.
    at(by)
      .cache.invalidate(world.sourceId, names)
      .then(() => {
        for (const { one, value } of now) past.note(one, "untold", value);
      })
      .catch((error: unknown) => failures.push(error));
  };
  const jump = (ms: number) => {
    if (sick === "wall") at(0).clocks.wallOffset += ms;
    else if (sick === "server") time.serverOffset += ms;
    else if (sick === "steady" && ms > 0) {
      // The machine slept: the world went on, its steady clock did not.
      at(0).clocks.steadyOffset -= ms;
      time.now += ms;
    }
    for (const { owner, stopwatch } of instances) marks.get(owner)?.push(stopwatch.mark());
  };
  return {
    answers,
    happen(one: Exclude<Step, { do: "go" | "finish" }>): void {
      if (one.do === "wait") time.now += one.ms;
      else if (one.do === "read") read(one);
      else if (one.do === "write") past.note(one.table, "told", change(one.table, "told"));
      else if (one.do === "invalidate") invalidate(one.on, one.table);
      else if (one.do === "jump") jump(one.ms);
      else if (one.do === "store") time.mode = one.mode as typeof time.mode;
      else {
        world.gates.kill(at(one.on).owner);
        open.delete(at(one.on).owner);
        instances[one.on] = start();
      }
    },
    waiting: () => [...open.values()].reduce((sum, count) => sum + count, 0),
    fail: () => {
      if (failures.length > 0) throw failures[0];
    },
  };
}

type Past = ReturnType<typeof createPast>;

/** When each change was made or, for one that no token tells of, when its invalidation was done. */
function createPast(now: () => number) {
  const changes: { table: number; field: keyof TableState; value: number; at: number }[] = [];
  const least = (table: number, field: keyof TableState, windowMs: number): number =>
    changes
      .filter((one) => one.table === table && one.field === field)
      .filter((one) => windowMs === 0 || one.at <= now() - windowMs)
      .reduce((most, one) => Math.max(most, one.value), 0);
  return {
    note: (table: number, field: keyof TableState, value: number) =>
      void changes.push({ table, field, value, at: now() }),
    /** What whoever asks now must be shown at least, table by table. */
    must: ({ query, control }: Reading, freshnessMs: number) => {
      const tables = QUERIES[query]?.reads ?? [];
      // What may be out of date may be so by what the caller takes, to the millisecond.
      const staleMs = Math.max((controls[control]?.staleSeconds ?? 0) * 1_000 + 1, freshnessMs);
      const epochWindowMs = Math.min(freshnessMs, EPOCH_WINDOW_MS);
      return {
        told: tables.map((table) => least(table, "told", freshnessMs)),
        stale: tables.map((table) => least(table, "told", staleMs)),
        untold: tables.map((table) => least(table, "untold", epochWindowMs)),
      };
    },
  };
}

function judge(
  { cache, result }: Answered,
  asked: Reading & ReturnType<Past["must"]>,
  ttlSeconds: number,
): void {
  const row = JSON.parse(JSON.parse(result.rowsJson("arrays"))[0][0]) as Row;
  const { staleSeconds, maxAgeSeconds } = controls[asked.control] as CacheControl;
  const about = `${cache.status} ${cache.reason ?? ""} aged ${cache.ageSeconds} s`;
  expect(row.principal, "whose row").toBe(asked.principal);
  if (cache.status === "hit") {
    expect(cache.ageSeconds, about).toBeLessThan(ttlSeconds);
    expect(cache.ageSeconds, about).toBeLessThanOrEqual(maxAgeSeconds ?? Infinity);
  }
  if (cache.status === "stale") expect(staleSeconds ?? null, about).not.toBeNull();
  for (const [i, state] of row.states.entries()) {
    expect(state.untold, `invalidated, yet: ${about}`).toBeGreaterThanOrEqual(asked.untold[i] ?? 0);
    const least = cache.status === "stale" ? asked.stale[i] : asked.told[i];
    expect(state.told, `changed, yet: ${about}`).toBeGreaterThanOrEqual(least ?? 0);
  }
}

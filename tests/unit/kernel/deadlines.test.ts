/** One timer for all that wait equally long: each is called when it is due, and none that left. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createDeadlines, type Deadline } from "../../../shared/kernel/deadlines.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

it("calls whoever is still there when the limit has passed, in the order they came", () => {
  const deadlines = createDeadlines(105);
  const late: number[] = [];
  const entered: Deadline[] = [];
  for (let i = 0; i < 10; i++) {
    entered.push(deadlines.enter(() => late.push(i)));
    vi.advanceTimersByTime(10);
  }
  for (const i of [3, 0, 9, 4]) deadlines.leave(entered[i] as Deadline);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(15);
  expect(late).toEqual([1]);
  vi.advanceTimersByTime(40);
  expect(late).toEqual([1, 2, 5]);
  vi.advanceTimersByTime(1_000);
  expect(late).toEqual([1, 2, 5, 6, 7, 8]);
});

it("may be left twice, after it is past, and by all, and goes on for those who come later", () => {
  const deadlines = createDeadlines(50);
  const late: string[] = [];
  const one = deadlines.enter(() => late.push("one"));
  const two = deadlines.enter(() => late.push("two"));
  deadlines.leave(one);
  deadlines.leave(one);
  deadlines.leave(two);
  vi.advanceTimersByTime(30);
  const three = deadlines.enter(() => late.push("three"));
  vi.advanceTimersByTime(49);
  expect(late).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(late).toEqual(["three"]);
  deadlines.leave(three);
  deadlines.enter(() => late.push("four"));
  vi.advanceTimersByTime(50);
  expect(late).toEqual(["three", "four"]);
});

it("agrees with a timer for each, whoever comes and goes", () => {
  const deadlines = createDeadlines(20);
  const late = new Set<number>();
  const expected = new Set<number>();
  const open = new Map<number, { deadline: Deadline; timer: NodeJS.Timeout }>();
  let seed = 7;
  const random = (most: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let i = 0; i < 2_000; i++) {
    open.set(i, {
      deadline: deadlines.enter(() => late.add(i)),
      timer: setTimeout(() => expected.add(i), 20),
    });
    const gone = [...open.keys()][random(open.size)] ?? 0;
    const leaving = open.get(gone);
    if (leaving !== undefined && random(2) === 0) {
      deadlines.leave(leaving.deadline);
      clearTimeout(leaving.timer);
    }
    vi.advanceTimersByTime(random(3));
    for (const one of open.keys()) if (one < i - 40) open.delete(one);
  }
  vi.advanceTimersByTime(100);
  expect([...late]).toEqual([...expected]);
  expect(late.size).toBeGreaterThan(500);
});

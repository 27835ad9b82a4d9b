/** NCRONTAB schedules and the past-due rule of the local host. */
// covers: HOST-06
import { describe, expect, it } from "vitest";
import { checkStatus } from "../../local/host/timer-listener.ts";
import { isFasterThanMinutely, parseSchedule } from "../../local/host/timer-schedule.ts";
import { parseTimespan } from "../../local/host/timespan.ts";

const at = (iso: string) => Date.parse(`${iso}Z`);
const nextOf = (schedule: string, after: string) => {
  const next = parseSchedule(schedule).next(at(after));
  return next === undefined ? undefined : new Date(next).toISOString().slice(0, 19);
};

describe("NCRONTAB", () => {
  it.each([
    ["0 */5 * * * *", "2026-01-01T00:00:00", "2026-01-01T00:05:00"],
    ["*/5 * * * *", "2026-01-01T00:01:30", "2026-01-01T00:05:00"],
    ["0 5/15 * * * *", "2026-01-01T00:06:00", "2026-01-01T00:20:00"],
    ["30 0 9 * * 1-5", "2026-01-02T09:00:30", "2026-01-05T09:00:30"],
    ["0 0 0 * JAN,jul MON", "2026-02-01T00:00:00", "2026-07-06T00:00:00"],
    ["0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00"],
    ["00:10:00", "2026-01-01T00:01:00", "2026-01-01T00:11:00"],
    ["1.00:00:00", "2026-01-01T00:01:00", "2026-01-02T00:01:00"],
  ])("%s after %s is %s", (schedule, after, expected) => {
    expect(nextOf(schedule, after)).toBe(expected);
  });

  it("asks for day of month and day of week together", () => {
    expect(nextOf("0 0 0 13 * FRI", "2026-01-01T00:00:00")).toBe("2026-02-13T00:00:00");
  });

  it.each(["", "* * *", "0 0 0 L * *", "0 0 0 * * 5#2", "0 0 0 15W * *", "0 0 0 ? * *", "@daily"])(
    "refuses what only other crons know: %s",
    (schedule) => expect(() => parseSchedule(schedule)).toThrow("not a valid NCRONTAB expression"),
  );

  it.each(["0 0 0 * * 7", "61 * * * * *", "0 0 0 * * +MON", "00:00:00"])("refuses %s", (schedule) =>
    expect(() => parseSchedule(schedule)).toThrow("not a valid NCRONTAB expression"),
  );

  it("knows the schedules that are too fast to be monitored", () => {
    expect(isFasterThanMinutely(parseSchedule("*/30 * * * * *"), 0)).toBe(true);
    expect(isFasterThanMinutely(parseSchedule("0,30 0 * * * *"), 0)).toBe(true);
    expect(isFasterThanMinutely(parseSchedule("0 * * * * *"), 0)).toBe(false);
  });
});

describe("TimeSpan", () => {
  it.each([
    ["00:00:30", 30_000],
    ["00:05", 300_000],
    ["1.02:00:00", 93_600_000],
    ["00:00:00.2500000", 250],
    ["-00:01:00", -60_000],
  ])("reads %s as %d ms", (text, expected) => expect(parseTimespan(text)).toBe(expected));

  it.each(["", "30", "24:00:00", "00:61:00", "abc"])("refuses %s", (text) =>
    expect(parseTimespan(text)).toBeUndefined(),
  );
});

describe("the past-due rule", () => {
  const hourly = parseSchedule("0 0 * * * *");
  const ten = at("2026-01-01T10:00:00");
  const known = { last: ten, next: ten + 3_600_000, lastUpdated: ten };

  it("owes a run when the recorded next one has passed", () => {
    expect(checkStatus(hourly, known, ten + 3_600_001)).toEqual({ status: known, isPastDue: true });
  });

  it("owes nothing before the recorded next one", () => {
    expect(checkStatus(hourly, known, ten + 60_000)).toEqual({ status: known, isPastDue: false });
  });

  it("records a new timer without running it", () => {
    expect(checkStatus(hourly, undefined, ten + 1)).toEqual({
      status: { last: null, next: ten + 3_600_000, lastUpdated: ten + 1 },
      isPastDue: false,
    });
  });

  it("owes nothing for a schedule that was changed meanwhile", () => {
    const daily = parseSchedule("0 0 12 * * *");
    const now = at("2026-01-01T13:00:00");
    expect(checkStatus(daily, known, now)).toEqual({
      status: { last: null, next: at("2026-01-02T12:00:00"), lastUpdated: now },
      isPastDue: false,
    });
  });
});

/** NCRONTAB expressions and constant intervals, in UTC, as the timer extension reads them. */
import { Cron } from "croner";
import { parseTimespan } from "./timespan.ts";

export interface TimerSchedule {
  /** The first occurrence strictly after `afterMs`; undefined when there is none. */
  next(afterMs: number): number | undefined;
}

/** Numbers, names, `*`, lists, ranges and steps; what croner knows beyond that NCRONTAB does not. */
const ncrontabField = /^(?:\*|\d+|[a-z]{3,9})(?:-(?:\d+|[a-z]{3,9}))?(?:\/\d+)?$/i;
const weekdayAndMonthNames =
  /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)/i;

/** Throws one sentence when the text is neither. Five fields mean second 0, as in the real host. */
export function parseSchedule(text: string): TimerSchedule {
  const intervalMs = parseTimespan(text);
  if (intervalMs !== undefined && intervalMs > 0) return { next: (after) => after + intervalMs };
  const fields = text.trim().split(/\s+/);
  if ((fields.length !== 5 && fields.length !== 6) || !fields.every(isNcrontabField)) {
    return fail(text, "expected {second} {minute} {hour} {day} {month} {weekday} or hh:mm:ss");
  }
  if (/7/.test((fields.at(-1) ?? "").replace(/\/\d+/g, "")))
    return fail(text, "weekdays are 0 to 6");
  try {
    // NCRONTAB asks for day of month AND day of week; classic cron (croner's default) for either.
    const cron = new Cron(fields.join(" "), {
      paused: true,
      timezone: "UTC",
      domAndDow: true,
      sloppyRanges: true,
    });
    return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
  } catch (cause) {
    return fail(text, (cause as Error).message, cause);
  }
}

function isNcrontabField(field: string): boolean {
  return field.split(",").every((part) => {
    const names = part.match(/[a-z]+/gi) ?? [];
    return ncrontabField.test(part) && names.every((name) => weekdayAndMonthNames.test(name));
  });
}

function fail(text: string, why: string, cause?: unknown): never {
  throw new Error(`The schedule "${text}" is not a valid NCRONTAB expression: ${why}.`, { cause });
}

/** The real host does not monitor a schedule with less than a minute between two occurrences. */
export function isFasterThanMinutely(schedule: TimerSchedule, fromMs: number): boolean {
  let previous = schedule.next(fromMs);
  for (let count = 0; count < 4 && previous !== undefined; count += 1) {
    const following = schedule.next(previous);
    if (following !== undefined && following - previous < 60_000) return true;
    previous = following;
  }
  return false;
}

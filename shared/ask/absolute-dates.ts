/** Reads days, months, quarters and years written out: `2026-05-01`, `1 May 2026`, `March`, `Q1 2026`, `2025`. */
import { addUnits, type CalendarUnit, type Span, startOf } from "./calendar.ts";
import type { Token } from "./tokens.ts";

const months: readonly string[] =
  "january february march april may june july august september october november december".split(
    " ",
  );

interface Absolute {
  readonly span: Span;
  readonly end: number;
}

/**
 * Written out here rather than with chrono-node: that library takes a fifth of a second to load, and in its strict mode
 * reads neither months nor quarters nor years alone. `undefined` where no date starts at this token.
 */
export function readAbsolute(
  tokens: readonly Token[],
  at: number,
  now: number,
): Absolute | undefined {
  return (
    readIsoDay(tokens[at], at) ??
    readMonthFirst(tokens, at, now) ??
    readDayFirst(tokens, at, now) ??
    readQuarter(tokens, at, now) ??
    readYear(tokens, at)
  );
}

function readIsoDay(token: Token | undefined, at: number): Absolute | undefined {
  if (token?.kind !== "date") {
    return undefined;
  }
  const [year, month, day] = token.text.split("-").map(Number);
  return calendarDay(year, (month ?? 0) - 1, day, at + 1);
}

/** `March`, `March 2026`, `March 5`, `March 5, 2026`. */
function readMonthFirst(tokens: readonly Token[], at: number, now: number): Absolute | undefined {
  const month = monthOf(tokens, at);
  if (month === undefined) {
    return undefined;
  }
  const year = yearOf(tokens[at + 1]);
  if (year !== undefined) {
    return wholeUnit("month", Date.UTC(year, month, 1), at + 2);
  }
  const day = dayOf(tokens, at + 1);
  if (day !== undefined) {
    return dayWithYear(tokens, month, day.day, day.end, now);
  }
  // `may` alone is a verb more often than a month.
  if (
    tokens[at]?.text === "may" &&
    !["in", "since", "during", "of", "last", "and", "to", "before", "after"].includes(
      tokens[at - 1]?.lower ?? "",
    )
  ) {
    return undefined;
  }
  return wholeUnit("month", latestMonth(month, now), at + 1);
}

/** `5 March`, `5th of March 2026`. */
function readDayFirst(tokens: readonly Token[], at: number, now: number): Absolute | undefined {
  const day = dayOf(tokens, at);
  if (day === undefined) {
    return undefined;
  }
  const monthAt = tokens[day.end]?.lower === "of" ? day.end + 1 : day.end;
  const month = monthOf(tokens, monthAt);
  return month === undefined ? undefined : dayWithYear(tokens, month, day.day, monthAt + 1, now);
}

function readQuarter(tokens: readonly Token[], at: number, now: number): Absolute | undefined {
  const quarter = /^q([1-4])$/.exec(tokens[at]?.lower ?? "")?.[1];
  if (quarter === undefined) {
    return undefined;
  }
  const year = yearOf(tokens[at + 1]);
  const month = (Number(quarter) - 1) * 3;
  return wholeUnit(
    "quarter",
    year === undefined ? latestMonth(month, now) : Date.UTC(year, month, 1),
    at + (year === undefined ? 1 : 2),
  );
}

/** A bare year only after a word that makes it one: `orders over 2000` holds a number. */
function readYear(tokens: readonly Token[], at: number): Absolute | undefined {
  const before = tokens[at - 1]?.lower ?? "";
  const year = yearOf(tokens[at]);
  if (
    year === undefined ||
    ![
      "in",
      "since",
      "during",
      "year",
      "before",
      "after",
      "of",
      "for",
      "until",
      "from",
      "to",
      "between",
      "and",
    ].includes(before)
  ) {
    return undefined;
  }
  return wholeUnit("year", Date.UTC(year, 0, 1), at + 1);
}

function dayWithYear(
  tokens: readonly Token[],
  month: number,
  day: number,
  end: number,
  now: number,
): Absolute | undefined {
  const yearAt = tokens[end]?.text === "," ? end + 1 : end;
  const year = yearOf(tokens[yearAt]);
  if (year !== undefined) {
    return calendarDay(year, month, day, yearAt + 1);
  }
  return calendarDay(new Date(latestMonth(month, now)).getUTCFullYear(), month, day, end);
}

/** A month named without its year is the last one that has begun. */
function latestMonth(month: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const start = Date.UTC(thisYear, month, 1);
  return start <= now ? start : Date.UTC(thisYear - 1, month, 1);
}

function wholeUnit(unit: CalendarUnit, from: number, end: number): Absolute {
  return { span: { from, to: addUnits(from, unit, 1) }, end };
}

function calendarDay(
  year: number | undefined,
  month: number,
  day: number | undefined,
  end: number,
): Absolute | undefined {
  const from = Date.UTC(year ?? Number.NaN, month, day ?? Number.NaN);
  const real =
    !Number.isNaN(from) &&
    new Date(from).getUTCDate() === day &&
    new Date(from).getUTCMonth() === month;
  return real
    ? { span: { from: startOf(from, "day"), to: addUnits(from, "day", 1) }, end }
    : undefined;
}

function monthOf(tokens: readonly Token[], at: number): number | undefined {
  const word = tokens[at]?.lower ?? "";
  const index = months.findIndex(
    (month) =>
      month === word ||
      (word.length === 3 && month.startsWith(word)) ||
      (word === "sept" && month === "september"),
  );
  return index < 0 || (word === "mar" && tokens[at]?.kind !== "word") ? undefined : index;
}

function yearOf(token: Token | undefined): number | undefined {
  return token?.kind === "number" && /^(19|20)\d{2}$/.test(token.text) ? token.value : undefined;
}

function dayOf(
  tokens: readonly Token[],
  at: number,
): { readonly day: number; readonly end: number } | undefined {
  const match = /^(\d{1,2})(st|nd|rd|th)?$/.exec(tokens[at]?.lower ?? "");
  const suffixed = ["st", "nd", "rd", "th"].includes(tokens[at + 1]?.lower ?? "");
  const day = Number(match?.[1]);
  return match === null || day < 1 || day > 31
    ? undefined
    : { day, end: suffixed ? at + 2 : at + 1 };
}

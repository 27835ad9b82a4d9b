/** Reads periods that are counted from today: `last month`, `past 36 hours`, `two weeks ago`, `year to date`. */
import { addUnits, type CalendarUnit, type Span, startOf } from "./calendar.ts";
import type { Token } from "./tokens.ts";

interface Relative {
  readonly span: Span;
  readonly end: number;
}

const units: ReadonlyMap<string, CalendarUnit> = new Map(
  (["minute", "hour", "day", "week", "month", "quarter", "year"] as const).map((one) => [one, one]),
);
const offsets: ReadonlyMap<string, number> = new Map([
  ["this", 0],
  ["current", 0],
  ["next", 1],
  ...["last", "past", "previous", "prior", "rolling", "trailing"].map((one) => [one, -1] as const),
]);
const toDate: ReadonlyMap<string, CalendarUnit> = new Map([
  ["ytd", "year"],
  ["qtd", "quarter"],
  ["mtd", "month"],
  ["wtd", "week"],
]);
const longest = 10_000;

/** `undefined` where none starts at this token. */
export function readRelative(
  tokens: readonly Token[],
  at: number,
  now: number,
): Relative | undefined {
  return (
    readToDate(tokens, at, now) ??
    readAgo(tokens, at, now) ??
    readTwice(tokens, at, now) ??
    readShifted(tokens, at, now)
  );
}

const unitAt = (tokens: readonly Token[], at: number): CalendarUnit | undefined =>
  units.get(tokens[at]?.stem ?? "");

/** `year to date`, `YTD`: whole days, up to and including today. */
function readToDate(tokens: readonly Token[], at: number, now: number): Relative | undefined {
  const abbreviated = toDate.get(tokens[at]?.lower ?? "");
  const spelt = tokens[at + 1]?.lower === "to" && tokens[at + 2]?.lower === "date";
  const unit = abbreviated ?? (spelt ? unitAt(tokens, at) : undefined);
  if (unit === undefined) return undefined;
  const span = { from: startOf(now, unit), to: addUnits(startOf(now, "day"), "day", 1) };
  return { span, end: abbreviated === undefined ? at + 3 : at + 1 };
}

/** A whole number of at most ten thousand, in digits or as a word. */
function countAt(
  tokens: readonly Token[],
  at: number,
): { readonly count: number; readonly end: number } | undefined {
  const token = tokens[at];
  if (token?.lower === "couple" && tokens[at + 1]?.lower === "of") return { count: 2, end: at + 2 };
  const count = token?.kind === "number" ? token.value : undefined;
  return count === undefined || !Number.isInteger(count) || count < 0 || count > longest
    ? undefined
    : { count, end: at + 1 };
}

/** `3 days ago`: that one day (or week, month …); of weeks, the day. */
function readAgo(tokens: readonly Token[], at: number, now: number): Relative | undefined {
  const one = /^an?$/.test(tokens[at]?.lower ?? "") ? { count: 1, end: at + 1 } : undefined;
  const counted = (one && countAt(tokens, at + 1)) ?? one ?? countAt(tokens, at);
  const unit = counted && unitAt(tokens, counted.end);
  if (counted === undefined || unit === undefined || tokens[counted.end + 1]?.lower !== "ago") {
    return undefined;
  }
  const grain = unit === "week" ? "day" : unit;
  const from = startOf(addUnits(now, unit, -counted.count), grain);
  return { span: { from, to: addUnits(from, grain, 1) }, end: counted.end + 2 };
}

/** `day before yesterday`, `day after tomorrow`, `month before last`. */
function readTwice(tokens: readonly Token[], at: number, now: number): Relative | undefined {
  const unit = unitAt(tokens, at);
  if (unit === undefined) return undefined;
  const turn = `${tokens[at + 1]?.lower} ${tokens[at + 2]?.lower}`;
  const days = { "before yesterday": -2, "after tomorrow": 2 }[turn];
  if (unit === "day" && days !== undefined)
    return { span: unitSpan("day", days, now), end: at + 3 };
  const others = { "before last": -2, "after next": 2 }[turn];
  return others === undefined || unitAt(tokens, at + 3) !== undefined
    ? undefined
    : { span: unitSpan(unit, others, now), end: at + 3 };
}

/** `last month` is the calendar month, `past month` runs up to now, `last 3 months` up to and including today. */
function readShifted(tokens: readonly Token[], at: number, now: number): Relative | undefined {
  const word = tokens[at]?.lower ?? "";
  const offset = offsets.get(word);
  if (offset === undefined) return undefined;
  const counted = countAt(tokens, at + 1);
  if (counted !== undefined) return readRolling(tokens, counted, offset, now);
  if (tokens[at + 1]?.stem === "weekend") {
    const saturday = addUnits(startOf(now, "week"), "day", 5 + 7 * offset);
    return { span: { from: saturday, to: addUnits(saturday, "day", 2) }, end: at + 2 };
  }
  const unit = unitAt(tokens, at + 1);
  if (unit === undefined) return undefined;
  const span =
    word === "past" ? { from: addUnits(now, unit, -1), to: now } : unitSpan(unit, offset, now);
  return { span, end: at + 2 };
}

/** Whole days up to and including today; hours and minutes run up to now. */
function readRolling(
  tokens: readonly Token[],
  { count, end }: { readonly count: number; readonly end: number },
  offset: number,
  now: number,
): Relative | undefined {
  const unit = unitAt(tokens, end);
  if (unit === undefined || count < 1 || offset === 0) return undefined;
  if (unit === "hour" || unit === "minute") {
    return { span: { from: addUnits(now, unit, -count), to: now }, end: end + 1 };
  }
  const today = startOf(now, "day");
  const tomorrow = addUnits(today, "day", 1);
  const span =
    offset > 0
      ? { from: today, to: addUnits(today, unit, count) }
      : { from: addUnits(tomorrow, unit, -count), to: tomorrow };
  return { span, end: end + 1 };
}

function unitSpan(unit: CalendarUnit, offset: number, now: number): Span {
  const from = addUnits(startOf(now, unit), unit, offset);
  return { from, to: addUnits(from, unit, 1) };
}

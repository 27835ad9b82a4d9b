/** Finds spans of time in a question (`last 3 weeks`, `since 2026-05-01`, `in March`) as half-open UTC intervals. */
import { readAbsolute } from "./absolute-dates.ts";
import { addUnits, type CalendarUnit, type Span, startOf } from "./calendar.ts";
import type { Token } from "./tokens.ts";

export interface Period {
  /** Milliseconds since the Unix epoch; `from` inclusive, `to` exclusive; absent means open. */
  readonly from?: number;
  readonly to?: number;
  readonly label: string;
}

export interface FoundPeriod {
  readonly period: Period;
  readonly start: number;
  readonly end: number;
}

const units: ReadonlyMap<string, CalendarUnit> = new Map([
  ["hour", "hour"],
  ["day", "day"],
  ["week", "week"],
  ["month", "month"],
  ["quarter", "quarter"],
  ["year", "year"],
]);
const leading: ReadonlySet<string> = new Set([
  "in",
  "on",
  "during",
  "for",
  "over",
  "within",
  "the",
  "from",
  "of",
  "at",
]);

/** Every period named, left to right, without overlaps; prepositions before one belong to it. */
export function findPeriods(tokens: readonly Token[], now: number): readonly FoundPeriod[] {
  const found: FoundPeriod[] = [];
  let at = 0;
  while (at < tokens.length) {
    const hit = readPeriod(tokens, at, now);
    if (hit === undefined) {
      at += 1;
      continue;
    }
    let start = at;
    const floor = found.at(-1)?.end ?? 0;
    while (start > floor && leading.has(tokens[start - 1]?.lower ?? "")) {
      start -= 1;
    }
    found.push({ period: hit.period, start, end: hit.end });
    at = hit.end;
  }
  return found;
}

interface Hit {
  readonly period: Period;
  readonly end: number;
}

function readPeriod(tokens: readonly Token[], at: number, now: number): Hit | undefined {
  return (
    readOpen(tokens, at, now) ??
    readRange(tokens, at, now) ??
    readAgo(tokens, at, now) ??
    readSpan(tokens, at, now)
  );
}

/** A closed span: relative, or a day, month, quarter or year by name. */
function readSpan(tokens: readonly Token[], at: number, now: number): Hit | undefined {
  const relative = readRelative(tokens, at, now);
  if (relative !== undefined) {
    return relative;
  }
  const absolute = readAbsolute(tokens, at, now);
  return absolute === undefined ? undefined : toHit(absolute.span, absolute.end, tokens, at);
}

function readRelative(tokens: readonly Token[], at: number, now: number): Hit | undefined {
  const word = tokens[at]?.lower;
  const shift =
    word === "today" || word === "tonight"
      ? 0
      : word === "yesterday"
        ? -1
        : word === "tomorrow"
          ? 1
          : undefined;
  if (shift !== undefined) {
    return toHit(unitSpan("day", shift, now), at + 1, tokens, at);
  }
  if (
    !["this", "current", "last", "past", "previous", "next", "prior", "rolling"].includes(
      word ?? "",
    )
  ) {
    return undefined;
  }
  const amount = tokens[at + 1];
  if (amount?.kind === "number" && amount.value !== undefined) {
    return rolling(tokens, at, word ?? "", amount.value, now);
  }
  const unit = units.get(tokens[at + 1]?.stem ?? "");
  if (unit === undefined) {
    return undefined;
  }
  const offset = word === "this" || word === "current" ? 0 : word === "next" ? 1 : -1;
  const span =
    word === "past" ? { from: addUnits(now, unit, -1), to: now } : unitSpan(unit, offset, now);
  return toHit(span, at + 2, tokens, at);
}

/** `last 7 days`: whole days up to and including today; hours run up to now. */
function rolling(
  tokens: readonly Token[],
  at: number,
  word: string,
  count: number,
  now: number,
): Hit | undefined {
  const unit = units.get(tokens[at + 2]?.stem ?? "");
  if (
    unit === undefined ||
    !Number.isInteger(count) ||
    count < 1 ||
    count > 10_000 ||
    word === "this"
  ) {
    return undefined;
  }
  if (unit === "hour") {
    return toHit({ from: addUnits(now, "hour", -count), to: now }, at + 3, tokens, at);
  }
  const today = startOf(now, "day");
  const tomorrow = addUnits(today, "day", 1);
  const span =
    word === "next"
      ? { from: today, to: addUnits(today, unit, count) }
      : { from: addUnits(tomorrow, unit, -count), to: tomorrow };
  return toHit(span, at + 3, tokens, at);
}

/** `3 days ago`: that one day (or week, month …). */
function readAgo(tokens: readonly Token[], at: number, now: number): Hit | undefined {
  const count = tokens[at]?.kind === "number" ? tokens[at]?.value : undefined;
  const unit = units.get(tokens[at + 1]?.stem ?? "");
  if (
    count === undefined ||
    !Number.isInteger(count) ||
    count > 10_000 ||
    unit === undefined ||
    tokens[at + 2]?.lower !== "ago"
  ) {
    return undefined;
  }
  const start = startOf(addUnits(now, unit, -count), unit === "week" ? "day" : unit);
  return toHit(
    { from: start, to: addUnits(start, unit === "week" ? "day" : unit, 1) },
    at + 3,
    tokens,
    at,
  );
}

/** `since`, `after`, `before`, `until` and what follows. */
function readOpen(tokens: readonly Token[], at: number, now: number): Hit | undefined {
  const word = tokens[at]?.lower ?? "";
  const start = tokens[at + 1]?.lower === "the" ? at + 2 : at + 1;
  if (!["since", "after", "before", "until", "till"].includes(word)) {
    return undefined;
  }
  const hit = readAgo(tokens, start, now) ?? readSpan(tokens, start, now);
  const { from, to } = hit?.period ?? {};
  if (hit === undefined || from === undefined || to === undefined) {
    return undefined;
  }
  const label = labelOf(tokens, at, hit.end);
  if (word === "since") {
    return { period: { from, label }, end: hit.end };
  }
  if (word === "after") {
    return { period: { from: to, label }, end: hit.end };
  }
  return { period: { to: word === "before" ? from : to, label }, end: hit.end };
}

/** `between X and Y`, `from X to Y`: both ends included. */
function readRange(tokens: readonly Token[], at: number, now: number): Hit | undefined {
  const word = tokens[at]?.lower;
  if (word !== "between" && word !== "from") {
    return undefined;
  }
  const first = readSpan(tokens, at + 1, now);
  const joint = first === undefined ? undefined : tokens[first.end]?.lower;
  if (
    first?.period.from === undefined ||
    !["and", "to", "until", "till", "through", "-"].includes(joint ?? "")
  ) {
    return undefined;
  }
  const second = readSpan(tokens, first.end + 1, now);
  if (second?.period.to === undefined || second.period.to <= first.period.from) {
    return undefined;
  }
  return {
    period: {
      from: first.period.from,
      to: second.period.to,
      label: labelOf(tokens, at, second.end),
    },
    end: second.end,
  };
}

function unitSpan(unit: CalendarUnit, offset: number, now: number): Span {
  const from = addUnits(startOf(now, unit), unit, offset);
  return { from, to: addUnits(from, unit, 1) };
}

function toHit(span: Span, end: number, tokens: readonly Token[], at: number): Hit {
  return { period: { ...span, label: labelOf(tokens, at, end) }, end };
}

function labelOf(tokens: readonly Token[], start: number, end: number): string {
  return tokens
    .slice(start, end)
    .map((token) => token.text)
    .join(" ");
}

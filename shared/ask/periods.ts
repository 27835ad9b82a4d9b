/** Finds spans of time in a question (`last 3 weeks`, `since 1 May 2026`, `in March`) as half-open UTC intervals. */
import { addUnits, type CalendarUnit, type Span, startOf } from "./calendar.ts";
import { readBareYear, readNamed, yearAfter } from "./calendar-names.ts";
import type { Now } from "./ports.ts";
import { readRelative } from "./relative-periods.ts";
import type { Token } from "./tokens.ts";
import { type Written, writtenDates } from "./written-dates.ts";

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

interface Scan {
  readonly tokens: readonly Token[];
  readonly now: number;
  readonly written: ReadonlyMap<number, Written>;
}

interface Hit {
  readonly span: { readonly from?: number; readonly to?: number };
  readonly end: number;
}

/** A closed span; `moment` and `yearless` as for a written date. */
interface SpanHit {
  readonly span: Span;
  readonly end: number;
  readonly moment?: boolean;
  readonly yearless?: boolean;
}

const leading: ReadonlySet<string> = new Set(
  "in on during for over within the from of at".split(" "),
);
type Side = "since" | "after" | "before" | "until";
/** The longest first. */
const openers: readonly (readonly [words: readonly string[], side: Side])[] = (
  [
    ["no earlier than", "since"],
    ["no later than", "until"],
    ["not later than", "until"],
    ["on or after", "since"],
    ["on or before", "until"],
    ["starting from", "since"],
    ["starting on", "since"],
    ["starting in", "since"],
    ["later than", "after"],
    ["earlier than", "before"],
    ["prior to", "before"],
    ["up until", "until"],
    ["up to", "until"],
    ["starting", "since"],
    ["since", "since"],
    ["after", "after"],
    ["before", "before"],
    ["until", "until"],
    ["till", "until"],
    ["through", "until"],
    ["by", "until"],
  ] as const
).map(([words, side]) => [words.split(" "), side]);
const openings: ReadonlySet<string> = new Set(openers.map(([[first = ""]]) => first));
const joints: ReadonlySet<string> = new Set(["to", "until", "till", "through", "-", "–"]);
const onwards: ReadonlySet<string> = new Set(["on", "onwards", "onward", "forward"]);
const edges: ReadonlyMap<string, "first" | "last"> = new Map([
  ["start", "first"],
  ["beginning", "first"],
  ["end", "last"],
  ["close", "last"],
  ["first", "first"],
  ["last", "last"],
]);

/** Every period named, left to right, without overlaps; prepositions before one belong to it. */
export function findPeriods(tokens: readonly Token[], now: Now): readonly FoundPeriod[] {
  return scanPeriods({ tokens, now: now.at, written: writtenDates(tokens, now.at, now.dates) });
}

function scanPeriods(scan: Scan): readonly FoundPeriod[] {
  const { tokens } = scan;
  const found: FoundPeriod[] = [];
  let at = 0;
  let floor = 0;
  while (at < tokens.length) {
    const hit = readOpen(scan, at) ?? readRange(scan, at) ?? readSpan(scan, at);
    if (hit === undefined) {
      at += 1;
      continue;
    }
    let start = at;
    while (start > floor && leading.has(tokens[start - 1]?.lower ?? "")) {
      start -= 1;
    }
    if (!isFiscal(tokens, at, hit.end)) {
      const label = tokens.slice(at, hit.end).map(({ text }) => text);
      found.push({ period: { ...hit.span, label: label.join(" ") }, start, end: hit.end });
    }
    at = hit.end;
    floor = hit.end;
  }
  return found;
}

/** Where a fiscal year begins, nobody has said: it is not taken for a year of the calendar. */
function isFiscal(tokens: readonly Token[], start: number, end: number): boolean {
  return tokens
    .slice(Math.max(0, start - 2), end + 2)
    .some(
      ({ lower }, at, near) =>
        /^(fiscal|fy(\d\d|\d{4})?)$/.test(lower) ||
        (lower === "financial" && /^(year|quarter)$/.test(near[at + 1]?.lower ?? "")),
    );
}

function readOpen(scan: Scan, at: number): Hit | undefined {
  const { tokens } = scan;
  if (tokens[at]?.lower === "from") return readOnwards(scan, at);
  if (!openings.has(tokens[at]?.lower ?? "")) return undefined;
  const opener = openers.find(([words]) =>
    words.every((word, i) => tokens[at + i]?.lower === word),
  );
  if (opener === undefined) return undefined;
  const [words, side] = opener;
  const start = skipThe(tokens, at + words.length);
  // `up to 2000` and `by 2000` may be an amount.
  const year = words[0] === "up" || words[0] === "by" ? undefined : readBareYear(tokens, start);
  const hit = readSpan(scan, start) ?? year;
  // `by month`, `by May Corp`: only what is surely the end of something.
  if (hit === undefined || (words[0] === "by" && !endsIt(scan, start, hit))) return undefined;
  return { span: openSpan(side, hit), end: hit.end };
}

function endsIt({ tokens, written }: Scan, start: number, { span, end }: SpanHit): boolean {
  const day = span.to - span.from <= 86_400_000;
  return day && end > start && (written.has(start) || tokens[start]?.lower === "end");
}

function openSpan(side: Side, { span, moment }: SpanHit): Hit["span"] {
  switch (side) {
    case "since":
      return { from: span.from };
    case "after":
      return { from: moment === true ? span.from : span.to };
    case "before":
      return { to: span.from };
    case "until":
      return { to: moment === true ? span.from : span.to };
  }
}

/** `from 2024 on`, `from 5 May 2025 onwards`. */
function readOnwards(scan: Scan, at: number): Hit | undefined {
  const hit = readSpan(scan, skipThe(scan.tokens, at + 1));
  return hit !== undefined && onwards.has(scan.tokens[hit.end]?.lower ?? "")
    ? { span: { from: hit.span.from }, end: hit.end + 1 }
    : undefined;
}

/** `between X and Y`, `from X to Y`, `X - Y`: both ends included. */
function readRange(scan: Scan, at: number): Hit | undefined {
  const { tokens } = scan;
  const opened = /^(between|from)$/.test(tokens[at]?.lower ?? "");
  const start = opened ? skipThe(tokens, at + 1) : at;
  // What stands beside a year in a range is one: `in 2020 to 2022`.
  const years = opened || readBareYear(tokens, start) !== undefined;
  const read = (from: number): SpanHit | undefined =>
    readSpan(scan, from) ??
    (years && (opened || from > start) ? readBareYear(tokens, from) : undefined);
  const first = read(start);
  if (first === undefined) return undefined;
  const joint = tokens[first.end]?.lower ?? "";
  const joined = joints.has(joint) || (joint === "and" && tokens[at]?.lower === "between");
  const second = joined ? read(skipThe(tokens, first.end + 1)) : undefined;
  if (second === undefined) {
    // The library reads a range as one date.
    return opened && scan.written.get(start)?.end === first.end ? first : undefined;
  }
  const from = first.yearless ? yearOf(first.span.from, second.span) : first.span.from;
  const to = second.moment === true ? second.span.from : second.span.to;
  return to > from ? { span: { from, to }, end: second.end } : undefined;
}

/** A start without its year lies before the end, by less than a year: `Q1 to Q3 2025`. */
function yearOf(from: number, end: Span): number {
  const years = new Date(end.from).getUTCFullYear() - new Date(from).getUTCFullYear();
  const same = addUnits(from, "year", years);
  return same < end.to ? same : addUnits(same, "year", -1);
}

/** A closed span: relative, or a day, month, quarter or year by name. */
function readSpan(scan: Scan, at: number): SpanHit | undefined {
  return (
    readEdge(scan, at) ??
    readRelative(scan.tokens, at, scan.now) ??
    readWritten(scan, at) ??
    readNamed(scan.tokens, at, scan.now)
  );
}

/** `end of last quarter`, `first day of March`: a day. */
function readEdge(scan: Scan, at: number): SpanHit | undefined {
  const { tokens } = scan;
  const word = tokens[at]?.lower ?? "";
  const edge = edges.get(word);
  if (edge === undefined) return undefined;
  const ofDays = word === "first" || word === "last";
  const next = ofDays ? at + 2 : at + 1;
  if ((ofDays && tokens[at + 1]?.lower !== "day") || tokens[next]?.lower !== "of") return undefined;
  const inner = skipThe(tokens, next + 1);
  const hit = readSpan(scan, inner) ?? readBareYear(tokens, inner) ?? readThis(scan, inner);
  if (hit === undefined) return undefined;
  const { from, to } = hit.span;
  const span =
    edge === "first"
      ? { from, to: addUnits(from, "day", 1) }
      : { from: addUnits(to, "day", -1), to };
  return { span, end: hit.end };
}

/** `the year` alone, where an edge of it is named. */
function readThis({ tokens, now }: Scan, at: number): SpanHit | undefined {
  const unit = (["week", "month", "quarter", "year"] as readonly CalendarUnit[]).find(
    (one) => one === tokens[at]?.lower,
  );
  if (unit === undefined) return undefined;
  const from = startOf(now, unit);
  return { span: { from, to: addUnits(from, unit, 1) }, end: at + 1 };
}

/** A date, with a year that follows it (`March last year`) or a word before it (`last March`). */
function readWritten({ tokens, written, now }: Scan, at: number): SpanHit | undefined {
  const word = tokens[at]?.lower;
  const prefix = word === "last" || word === "this" || word === "next";
  const named = tokens[at + 1]?.lower === "of" && word === "month" ? 2 : 0;
  const hit = written.get(at) ?? written.get(prefix ? at + 1 : at + named);
  if (hit === undefined || !hit.yearless) return hit;
  const said = written.has(at) || named > 0 ? yearAfter(tokens, hit.end, now) : undefined;
  const years =
    said === undefined
      ? shiftOf(word ?? "", hit.span, now)
      : said.year - new Date(hit.span.from).getUTCFullYear();
  const [from, to] = [hit.span.from, hit.span.to].map((one) => addUnits(one, "year", years));
  return { ...hit, span: { from: from ?? 0, to: to ?? 0 }, end: said?.end ?? hit.end };
}

/** `last May` in May is that of the year before; `next March` is still to come. */
function shiftOf(word: string, { from, to }: Span, now: number): number {
  if (word === "last") return to > now ? -1 : 0;
  if (word === "next") return from > now ? 0 : 1;
  return 0;
}

function skipThe(tokens: readonly Token[], at: number): number {
  return tokens[at]?.lower === "the" ? at + 1 : at;
}

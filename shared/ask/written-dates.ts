/** The dates that a question writes out (`5 May 2025`, `last Friday`, `3 pm yesterday`), as spans of its tokens. */
import { addUnits, type CalendarUnit, type Span, startOf } from "./calendar.ts";
import type { DateMention, DateReader, WrittenDate } from "./ports.ts";
import type { Token } from "./tokens.ts";

export interface Written {
  readonly span: Span;
  readonly end: number;
  /** It names a time of the day, so that `after` it begins at once. */
  readonly moment: boolean;
  /** Its year is the latest that fits: what follows may say another. */
  readonly yearless: boolean;
}

/** Beyond this nothing is read: the library's patterns are tried at every character. */
const LONGEST_TEXT = 1_000;
/** Periods are ours to read; the library would take `month of May` for a month from now. */
const ours =
  /^(seconds?|minutes?|hours?|days?|weeks?|weekends?|weekdays?|months?|quarters?|years?|the|end|start|beginning|ago|now|from|between)$/;
/** `May-July` has lost its hyphen. */
const month = /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*$/;
/** Small and alone these are words: `it may rain`, `they march`. */
const plainWords: ReadonlySet<string> = new Set(["may", "march", "mar", "dec", "jan", "sep"]);
const beforeMonths =
  /^(in|on|since|during|of|for|last|this|next|and|to|from|until|till|through|before|after|between|by|starting)$/;
const names = /^(named?|names|called|titled|every|each|per|black|good)$/;

/** By the token they begin at. */
export function writtenDates(
  tokens: readonly Token[],
  at: number,
  dates: DateReader,
): ReadonlyMap<number, Written> {
  const found = new Map<number, Written>();
  const { text, starts } = textOf(tokens);
  if (text.length > LONGEST_TEXT) return found;
  for (const mention of dates.read(text, at)) {
    const start = starts.findIndex((one) => one >= mention.start);
    const after = starts.findIndex((one) => one >= mention.end);
    const end = after < 0 ? tokens.length : after;
    const begin = /^(on|in|,|\()$/.test(tokens[start]?.lower ?? "") ? start + 1 : start;
    if (begin < end && start >= 0 && !isName(mention, tokens, begin)) {
      const written = { ...readMention(mention, at), end };
      // `2026-05-01 March` is to the library a range from a fifth to a first.
      if (written.span.to > written.span.from) found.set(begin, written);
    }
  }
  return found;
}

/** As it was written, less what is quoted or read by our own rules; ranges the way the library knows them. */
function textOf(tokens: readonly Token[]): { readonly text: string; readonly starts: number[] } {
  const starts: number[] = [];
  let text = "";
  tokens.forEach((token, at) => {
    if (month.test(token.lower) && month.test(tokens[at - 1]?.lower ?? "")) text += " to";
    if (token.glued !== true) text += " ";
    starts.push(text.length);
    text += shown(token, tokens, at);
  });
  return { text, starts };
}

function shown(token: Token, tokens: readonly Token[], at: number): string {
  if (token.kind === "quoted") return "□";
  if (token.lower === "and" && isBetween(tokens, at)) return "to";
  // `May '25`
  if (token.text === "'" && /^\d\d$/.test(tokens[at + 1]?.text ?? "")) return " 20";
  if (/^(until|till|through)$/.test(token.lower)) return "to";
  return ours.test(token.lower) ? " " : token.text;
}

const isBetween = (tokens: readonly Token[], at: number): boolean =>
  tokens.slice(Math.max(0, at - 7), at).some(({ lower }) => lower === "between");

/** `customers named April`, `orders that may be late`, `every Monday`, and `sun` or `sat` without a date. */
function isName({ first, last, text }: DateMention, tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1]?.lower ?? "";
  if (first.year === "said" || token === undefined)
    return names.test(before) && /^[a-z]+$/i.test(text);
  if (names.test(before)) return true;
  if (first.year === "near") return !/day\b/i.test(text);
  const alone = first.grain === "month" && last === undefined;
  return alone && plainWords.has(token.text) && !beforeMonths.test(before);
}

function readMention({ first, last, text }: DateMention, now: number): Omit<Written, "end"> {
  const shift = yearsBack(last ?? first, now);
  const yearless = (last ?? first).year === "guessed" && first.year !== "said";
  const moved = (date: WrittenDate): WrittenDate => ({
    ...date,
    at: yearless ? addUnits(date.at, "year", shift) : nearDay(date, last ?? first, text, now),
  });
  const span = spanOf(moved(first));
  const moment = isMoment(first);
  if (last === undefined) return { span, moment, yearless };
  const end = moved(last);
  return {
    span: { from: span.from, to: isMoment(end) ? end.at : spanOf(end).to },
    moment,
    yearless,
  };
}

const isMoment = ({ grain }: WrittenDate): boolean => grain !== "day" && grain !== "month";

/** A month that is named without its year is the last one that has begun, as most rows lie in the past. */
function yearsBack({ at }: WrittenDate, now: number): number {
  const month = new Date(at).getUTCMonth();
  const year = new Date(now).getUTCFullYear();
  const latest = Date.UTC(year, month, 1) <= now ? year : year - 1;
  return latest - new Date(at).getUTCFullYear();
}

/** `Friday` is the last one up to today, `this Friday` that of this week; the library takes the nearest and the next. */
function nearDay({ at, year }: WrittenDate, last: WrittenDate, text: string, now: number): number {
  if (year !== "near" || /\b(last|past|next)\b/i.test(text)) return at;
  const week = 7 * 86_400_000;
  if (/^this\b/i.test(text)) return startOf(now, "week") + ((at - startOf(at, "week")) % week);
  return last.at > now ? at - week : at;
}

function spanOf({ at, grain }: WrittenDate): Span {
  const length: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000 };
  const to =
    length[grain] === undefined ? addUnits(at, grain as CalendarUnit, 1) : at + length[grain];
  return { from: at, to };
}

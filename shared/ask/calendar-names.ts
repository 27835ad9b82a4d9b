/** Reads the stretches of a calendar by name: quarters, halves, years and decades, which no date library gives. */
import { addUnits, type CalendarUnit, type Span } from "./calendar.ts";
import type { Token } from "./tokens.ts";

export interface Named {
  readonly span: Span;
  readonly end: number;
  /** Its year is the latest that fits: what follows may say another. */
  readonly yearless: boolean;
}

const ordinals: readonly (readonly string[])[] = [
  ["first", "1st"],
  ["second", "2nd"],
  ["third", "3rd"],
  ["fourth", "4th"],
];
/** What makes a number of four digits a year: `orders over 2000` holds a number. */
const beforeYears: ReadonlySet<string> = new Set(
  "in since during year before after of for until till from and through starting".split(" "),
);

/** `undefined` where none starts at this token. */
export function readNamed(tokens: readonly Token[], at: number, now: number): Named | undefined {
  return readPart(tokens, at, now) ?? readYearFirst(tokens, at) ?? readDecade(tokens, at);
}

interface PartOfYear {
  readonly months: number;
  readonly month: number;
  readonly end: number;
  /** `second half` alone is of anything: it needs its year. */
  readonly needsYear: boolean;
}

/** `Q3`, `H1`, `third quarter`, `2nd half`. */
function partOfYear(tokens: readonly Token[], at: number): PartOfYear | undefined {
  const [, letter, digit] = /^(q(?=[1-4])|h(?=[12]))(\d)$/.exec(tokens[at]?.lower ?? "") ?? [];
  if (letter !== undefined) {
    const months = letter === "q" ? 3 : 6;
    return { months, month: (Number(digit) - 1) * months, end: at + 1, needsYear: letter === "h" };
  }
  const suffixed = tokens[at + 1]?.glued === true;
  const word = suffixed ? `${tokens[at]?.lower}${tokens[at + 1]?.lower}` : tokens[at]?.lower;
  const order = ordinals.findIndex((one) => one.includes(word ?? ""));
  const end = at + (suffixed ? 3 : 2);
  const unit = tokens[end - 1]?.lower;
  if (order < 0 || (unit !== "quarter" && !(unit === "half" && order < 2))) return undefined;
  const months = unit === "half" ? 6 : 3;
  return { months, month: order * months, end, needsYear: unit === "half" };
}

function readPart(tokens: readonly Token[], at: number, now: number): Named | undefined {
  const part = partOfYear(tokens, at);
  if (part === undefined) return undefined;
  const said = yearAfter(tokens, part.end, now);
  if (said === undefined && part.needsYear) return undefined;
  const thisYear = new Date(now).getUTCFullYear();
  const latest = Date.UTC(thisYear, part.month, 1) <= now ? thisYear : thisYear - 1;
  return {
    span: monthsFrom(said?.year ?? latest, part.month, part.months),
    end: said?.end ?? part.end,
    yearless: said === undefined,
  };
}

/** `2025`, `of 2025`, `/2025`, `of the year 2025`, `last year`. */
export function yearAfter(
  tokens: readonly Token[],
  at: number,
  now: number,
): { readonly year: number; readonly end: number } | undefined {
  let next = at;
  while (["of", ",", "/", "-", "in", "the", "year"].includes(tokens[next]?.lower ?? "")) next += 1;
  const year = yearOf(tokens[next]);
  if (year !== undefined) return { year, end: next + 1 };
  const shift = { last: -1, previous: -1, this: 0, current: 0, next: 1 }[tokens[next]?.lower ?? ""];
  if (shift === undefined || tokens[next + 1]?.lower !== "year") return undefined;
  return { year: new Date(now).getUTCFullYear() + shift, end: next + 2 };
}

/** `2025 Q3`, `2025-05`, and a bare year after a word that makes it one. */
function readYearFirst(tokens: readonly Token[], at: number): Named | undefined {
  const year = yearOf(tokens[at]);
  if (year === undefined) return undefined;
  const dash = tokens[at + 1]?.text === "-";
  const part = partOfYear(tokens, dash ? at + 2 : at + 1);
  if (part !== undefined) {
    return { span: monthsFrom(year, part.month, part.months), end: part.end, yearless: false };
  }
  const month = Number(
    dash && /^\d\d$/.test(tokens[at + 2]?.text ?? "") ? tokens[at + 2]?.text : 0,
  );
  if (!beforeYears.has(tokens[at - 1]?.lower ?? "")) return undefined;
  if (month > 0 && month < 13 && tokens[at + 2]?.glued === true) {
    return { span: monthsFrom(year, month - 1, 1), end: at + 3, yearless: false };
  }
  return { span: monthsFrom(year, 0, 12), end: at + 1, yearless: false };
}

/** A year that stands where only a year can, as in `from 2020 to 2022`. */
export function readBareYear(tokens: readonly Token[], at: number): Named | undefined {
  const year = yearOf(tokens[at]);
  return year === undefined
    ? undefined
    : { span: monthsFrom(year, 0, 12), end: at + 1, yearless: false };
}

/** `the 1990s`. */
function readDecade(tokens: readonly Token[], at: number): Named | undefined {
  const year = yearOf(tokens[at]);
  const plural = tokens[at + 1]?.lower === "s" && tokens[at + 1]?.glued === true;
  return year === undefined || year % 10 !== 0 || !plural
    ? undefined
    : { span: monthsFrom(year, 0, 120), end: at + 2, yearless: false };
}

function monthsFrom(year: number, month: number, months: number): Span {
  const from = Date.UTC(year, month, 1);
  return { from, to: addUnits(from, "month" satisfies CalendarUnit, months) };
}

function yearOf(token: Token | undefined): number | undefined {
  return token?.kind === "number" && /^(19|20)\d{2}$/.test(token.text) ? token.value : undefined;
}

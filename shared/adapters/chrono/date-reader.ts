/** Reads dates written out in English, with chrono-node, and keeps of its findings those that are surely dates. */
import type { Chrono, Component, ParsedResult } from "chrono-node/en";
import { LRUCache } from "lru-cache";
import type { DateGrain, DateMention, DateReader, WrittenDate } from "../../ask/ports.ts";
import { once } from "../../kernel/once.ts";

const KEPT = 1_000;
const none: readonly DateMention[] = [];

/** Once for the process: the library takes tens of milliseconds to load. */
export const loadDateReader: () => Promise<DateReader> = once(async () => {
  const { casual } = await import("chrono-node/en");
  // Rules, examples and network read the same question, and slots of examples the same pieces of it.
  const known = new LRUCache<string, readonly DateMention[]>({ max: KEPT });
  return {
    read: (text, at) => {
      if (!hint.test(text)) return none;
      const key = `${at} ${text}`;
      const found = known.get(key) ?? mentionsOf(casual, text, at);
      known.set(key, found);
      return found;
    },
  };
});

/** Without one of these the library finds no date that is kept; asking it costs a hundred times as much as looking. */
const hint = new RegExp(
  [
    String.raw`\d[/-]\d|\d\.\d+\.\d`,
    String.raw`\b(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?)\b`,
    String.raw`\b(oct(ober)?|nov(ember)?|dec(ember)?|(mon|tues|wednes|thurs|fri|satur|sun)day)\b`,
    String.raw`\b(today|yesterday|tomorrow|tonight|this (morning|afternoon|evening))\b`,
  ].join("|"),
  "i",
);
/** Only with the year in full, and only where one order alone is possible: `3/4` is a share, a score, a part number. */
const slashed = /^(\d{1,2})[/.-](?:(\d{1,2})[/.-])?(\d+)$/;
/** Parts of the day whose hours are anybody's guess, and `now`. */
const vague = /^casualReference\/(now|morning|afternoon|evening|noon|midnight)$/;
const thisDay = /\bthis (morning|afternoon|evening)\b/i;
type Parts = ParsedResult["start"];
const duration = /^result\/relativeDate/;

/** The moment of asking is given in UTC, or the library would take the zone of the machine. */
const mentionsOf = (chrono: Chrono, text: string, at: number): readonly DateMention[] =>
  chrono
    .parse(text, { instant: new Date(at), timezone: 0 })
    .flatMap((found) => mentionOf(found) ?? []);

function mentionOf(found: ParsedResult): DateMention | undefined {
  const today = thisDay.test(found.text);
  const first = writtenDate(found.start, today);
  const last = found.end ? writtenDate(found.end, today) : undefined;
  if (first === undefined || (found.end && last === undefined) || isDoubtful(found)) {
    return undefined;
  }
  const text = found.text.replace(/[\s,]+$/, "");
  return { start: found.index, end: found.index + text.length, text, first, ...(last && { last }) };
}

function isDoubtful(found: ParsedResult): boolean {
  const tags = [...found.tags()];
  if (tags.some((tag) => duration.test(tag))) return true;
  if (tags.some((tag) => vague.test(tag)) && !found.start.isCertain("minute")) return true;
  const [, one, other, year] = slashed.exec(found.text.trim()) ?? [];
  if (year === undefined) return false;
  const ambiguous = other !== undefined && one !== other && Number(one) < 13 && Number(other) < 13;
  return year.length !== 4 || ambiguous;
}

/** Undefined for what names no day, month or year, such as an hour alone. */
function writtenDate(parts: Parts, today: boolean): WrittenDate | undefined {
  const grain = grainOf(parts, today);
  if (grain === undefined) return undefined;
  const of = (part: Component): number => parts.get(part) ?? 0;
  const said = (part: Component): boolean => today || parts.isCertain(part);
  const hours =
    grain === "day" || grain === "month" ? [] : [of("hour"), of("minute"), of("second")];
  const day = grain === "month" ? 1 : of("day");
  const offset = hours.length > 0 ? of("timezoneOffset") * 60_000 : 0;
  return {
    at: Date.UTC(of("year"), of("month") - 1, day, ...hours) - offset,
    grain,
    year: said("year") ? "said" : said("month") ? "guessed" : "near",
  };
}

function grainOf(parts: Parts, today: boolean): DateGrain | undefined {
  const said = (part: Component): boolean => parts.isCertain(part);
  if (today || said("day") || said("weekday")) {
    if (said("second")) return "second";
    if (said("minute") && parts.get("minute") !== 0) return "minute";
    return said("hour") ? "hour" : "day";
  }
  return said("month") ? "month" : undefined;
}

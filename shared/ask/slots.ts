/** Typed slots of verified examples: what may fill `{n:int}`, `{name:text}`, `{day:date}`, `{when:period}`, `{word:value}`. */
import type { JsonValue } from "../sources/ports.ts";
import { functionWords } from "./lexicon.ts";
import { lookUp } from "./link.ts";
import { findPeriods } from "./periods.ts";
import type { Now } from "./ports.ts";
import type { SchemaIndex } from "./schema-index.ts";
import { type Token, textOf } from "./tokens.ts";

export const slotTypes = ["int", "text", "date", "period", "value"] as const;
export type SlotType = (typeof slotTypes)[number];

export interface Slot {
  readonly name: string;
  readonly type: SlotType;
}

/** A template's words and slots in their order; without slots the question in one piece. */
export function piecesOf(template: string): readonly (string | Slot)[] {
  return template.split(/(\{\w+:\w+\})/).map((piece) => {
    const [, name, typed] = /^\{(\w+):(\w+)\}$/.exec(piece) ?? [];
    const type = slotTypes.find((one) => one === typed);
    return name === undefined || type === undefined ? piece : { name, type };
  });
}

export interface Filling {
  /** One value for each of the slot's parameters: two of a period, from and to. */
  readonly values: readonly JsonValue[];
  readonly end: number;
}

const day = 86_400_000;
const longestValue = 5;
const longestName = 4;
const longestDate = 6;
const longestPeriod = 8;

/** What the parameters of a slot are called: a period is two, inclusive from and exclusive to. */
export function slotParameters(name: string, type: SlotType): readonly string[] {
  return type === "period" ? [`${name}_from`, `${name}_to`] : [name];
}

/** Every way the slot can be filled from this token on, the longest first. */
export function fillSlot(
  type: SlotType,
  tokens: readonly Token[],
  at: number,
  index: SchemaIndex,
  now: Now,
): readonly Filling[] {
  switch (type) {
    case "int":
      return fillInt(tokens, at);
    case "date":
      return fillDate(tokens, at, now);
    case "period":
      return fillPeriod(tokens, at, now);
    case "value":
      return fillValue(tokens, at, index);
    case "text":
      return fillText(tokens, at);
  }
}

function fillInt(tokens: readonly Token[], at: number): readonly Filling[] {
  const value = tokens[at]?.kind === "number" ? tokens[at]?.value : undefined;
  return value !== undefined && Number.isSafeInteger(value)
    ? [{ values: [value], end: at + 1 }]
    : [];
}

/** Exactly one day, as `YYYY-MM-DD`. */
function fillDate(tokens: readonly Token[], at: number, now: Now): readonly Filling[] {
  return spansOfTime(tokens, at, longestDate, now).flatMap(({ from, to, end }) =>
    to - from === day && from % day === 0
      ? [{ values: [new Date(from).toISOString().slice(0, 10)], end }]
      : [],
  );
}

/** A closed period, as two instants in ISO form. */
function fillPeriod(tokens: readonly Token[], at: number, now: Now): readonly Filling[] {
  return spansOfTime(tokens, at, longestPeriod, now).map(({ from, to, end }) => ({
    values: [new Date(from).toISOString(), new Date(to).toISOString()],
    end,
  }));
}

interface SpanOfTime {
  readonly from: number;
  readonly to: number;
  readonly end: number;
}

/** Every run of tokens from here on that is one closed period and nothing else, the longest first. */
function spansOfTime(
  tokens: readonly Token[],
  at: number,
  longest: number,
  now: Now,
): readonly SpanOfTime[] {
  const spans: SpanOfTime[] = [];
  for (let end = Math.min(tokens.length, at + longest); end > at; end -= 1) {
    const [found, ...more] = findPeriods(tokens.slice(at, end), now);
    const { from, to } = found?.period ?? {};
    const whole = found?.start === 0 && found.end === end - at && more.length === 0;
    if (whole && from !== undefined && to !== undefined) spans.push({ from, to, end });
  }
  return spans;
}

/** A value the source stores, in the form it stores it; two that differ only by case do not fill a slot. */
function fillValue(tokens: readonly Token[], at: number, index: SchemaIndex): readonly Filling[] {
  const fillings: Filling[] = [];
  for (let end = Math.min(tokens.length, at + longestValue); end > at; end -= 1) {
    const stems = tokens
      .slice(at, end)
      .flatMap((token) => (token.kind === "quoted" ? token.lower.split(" ") : [token.stem]));
    const stored = new Set(
      lookUp(stems, index).flatMap(({ target, quality }) =>
        target.kind === "value" && quality >= 0.99 ? [target.value] : [],
      ),
    );
    const [value] = stored;
    if (value !== undefined && stored.size === 1) {
      fillings.push({ values: [value], end });
    }
  }
  return fillings;
}

/** A name: quoted, or a run of capitalised words. Lower-case words are left alone, or a slot would swallow `last month`. */
function fillText(tokens: readonly Token[], at: number): readonly Filling[] {
  const first = tokens[at];
  if (first?.kind === "quoted") {
    return [{ values: [first.text], end: at + 1 }];
  }
  const fillings: Filling[] = [];
  for (
    let end = at + 1;
    end <= Math.min(tokens.length, at + longestName) && isName(tokens[end - 1]);
    end += 1
  ) {
    fillings.unshift({ values: [textOf(tokens.slice(at, end))], end });
  }
  return fillings;
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "word" && /^\p{Lu}/u.test(token.text) && !functionWords.has(token.lower);
}

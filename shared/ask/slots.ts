/** Typed slots of verified examples: what in a question may fill `{n:int}`, `{name:text}`, `{day:date}`, `{word:value}`. */
import type { JsonValue } from "../sources/ports.ts";
import { functionWords } from "./lexicon.ts";
import { lookUp } from "./link.ts";
import { findPeriods } from "./periods.ts";
import type { SchemaIndex } from "./schema-index.ts";
import type { Token } from "./tokens.ts";

export const slotTypes = ["int", "text", "date", "value"] as const;
export type SlotType = (typeof slotTypes)[number];

export interface Filling {
  readonly value: JsonValue;
  readonly end: number;
}

const day = 86_400_000;
const longestValue = 5;
const longestName = 4;
const longestDate = 6;

/** Every way the slot can be filled from this token on, the longest first. */
export function fillSlot(
  type: SlotType,
  tokens: readonly Token[],
  at: number,
  index: SchemaIndex,
  now: number,
): readonly Filling[] {
  switch (type) {
    case "int":
      return fillInt(tokens, at);
    case "date":
      return fillDate(tokens, at, now);
    case "value":
      return fillValue(tokens, at, index);
    case "text":
      return fillText(tokens, at);
  }
}

function fillInt(tokens: readonly Token[], at: number): readonly Filling[] {
  const value = tokens[at]?.kind === "number" ? tokens[at]?.value : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? [{ value, end: at + 1 }] : [];
}

/** Exactly one day, as `YYYY-MM-DD`. */
function fillDate(tokens: readonly Token[], at: number, now: number): readonly Filling[] {
  const fillings: Filling[] = [];
  for (let end = Math.min(tokens.length, at + longestDate); end > at; end -= 1) {
    const [found, ...more] = findPeriods(tokens.slice(at, end), now);
    const { from, to } = found?.period ?? {};
    const whole = found?.start === 0 && found.end === end - at && more.length === 0;
    if (whole && from !== undefined && to !== undefined && to - from === day && from % day === 0) {
      fillings.push({ value: new Date(from).toISOString().slice(0, 10), end });
    }
  }
  return fillings;
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
      fillings.push({ value, end });
    }
  }
  return fillings;
}

/** A name: quoted, or a run of capitalised words. Lower-case words are left alone, or a slot would swallow `last month`. */
function fillText(tokens: readonly Token[], at: number): readonly Filling[] {
  const first = tokens[at];
  if (first?.kind === "quoted") {
    return [{ value: first.text, end: at + 1 }];
  }
  const fillings: Filling[] = [];
  for (
    let end = at + 1;
    end <= Math.min(tokens.length, at + longestName) && isName(tokens[end - 1]);
    end += 1
  ) {
    const value = tokens
      .slice(at, end)
      .map((token) => token.text)
      .join(" ");
    fillings.unshift({ value, end });
  }
  return fillings;
}

function isName(token: Token | undefined): boolean {
  return token?.kind === "word" && /^\p{Lu}/u.test(token.text) && !functionWords.has(token.lower);
}

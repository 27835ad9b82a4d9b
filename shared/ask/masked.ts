/** A question with its values taken out: the words that stay, and typed holes where numbers, dates and values stood. */
import { lookUp, lookUpValue } from "./link.ts";
import type { Period } from "./periods.ts";
import type { Now } from "./ports.ts";
import { type SaidPeriod, saidPeriods } from "./said-periods.ts";
import type { Candidate, SchemaIndex } from "./schema-index.ts";
import { piecesOf, type Slot, type SlotType } from "./slots.ts";
import { isSilent, normaliseText, stemsOf, type Token, textOf, tokenise } from "./tokens.ts";

export type HoleType = "number" | "period" | "value";

/** A value of the question. `slot` where a template leaves it open. */
export interface Hole {
  readonly kind: "hole";
  readonly type: HoleType;
  /** As it stands in the question. */
  readonly text: string;
  readonly slot?: Slot;
  readonly number?: number;
  readonly period?: Period;
  /** The period moves with the clock. */
  readonly relative?: boolean;
  /** As the source stores it, with the columns that do (`table.column`); none for a value in quotes alone. */
  readonly value?: string;
  readonly columns?: ReadonlySet<string>;
}

export interface Word {
  readonly kind: "word";
  readonly text: string;
  readonly stem: string;
}

export type Unit = Hole | Word;

const longestValue = 5;
const day = 86_400_000;
const holeOfSlot: Readonly<Record<SlotType, HoleType>> = {
  int: "number",
  date: "period",
  period: "period",
  text: "value",
  value: "value",
};

/** `now` makes dates readable; without it only days in ISO form are. */
export function maskUnits(
  question: string,
  index: SchemaIndex,
  now: Now | undefined,
): readonly Unit[] {
  return piecesOf(normaliseText(question)).flatMap((piece) =>
    typeof piece === "string" ? maskTokens(tokenise(piece), index, now) : [slotHole(piece)],
  );
}

const slotHole = (slot: Slot): Hole => ({
  kind: "hole",
  type: holeOfSlot[slot.type],
  text: `{${slot.name}:${slot.type}}`,
  slot,
});

/** `revenue of <value> in <period>`: what is kept beside an example, for people and for retrieval. */
export function maskQuestion(question: string, index: SchemaIndex, now: Now): string {
  return maskUnits(question, index, now)
    .map((unit) => (unit.kind === "word" ? unit.text : `<${unit.type}>`))
    .join(" ");
}

function maskTokens(
  tokens: readonly Token[],
  index: SchemaIndex,
  now: Now | undefined,
): readonly Unit[] {
  const periods = now === undefined ? [] : saidPeriods(tokens, now);
  const units: Unit[] = [];
  for (let at = 0; at < tokens.length; ) {
    const found = periods.find((one) => one.start === at);
    const hit =
      found === undefined
        ? maskAt(tokens, at, index)
        : { unit: periodHole(found, tokens.slice(found.start, found.end)), end: found.end };
    if (hit.unit !== undefined) units.push(hit.unit);
    at = hit.end;
  }
  return units;
}

function periodHole({ period, relative }: SaidPeriod, tokens: readonly Token[]): Hole {
  return { kind: "hole", type: "period", text: textOf(tokens), period, relative };
}

function maskAt(
  tokens: readonly Token[],
  at: number,
  index: SchemaIndex,
): { readonly unit: Unit | undefined; readonly end: number } {
  const token = tokens[at] as Token;
  const end = at + 1;
  if (token.kind === "quoted") return { unit: quotedHole(token, index), end };
  const value = storedValue(tokens, at, index);
  if (value !== undefined) return value;
  if (token.kind === "number")
    return {
      unit: { kind: "hole", type: "number", text: token.text, number: token.value ?? 0 },
      end,
    };
  const from = token.kind === "date" ? Date.parse(token.text) : Number.NaN;
  if (!Number.isNaN(from)) {
    const period = { from, to: from + day, label: token.text };
    return {
      unit: { kind: "hole", type: "period", text: token.text, period, relative: false },
      end,
    };
  }
  return {
    unit: isSilent(token) ? undefined : { kind: "word", text: token.lower, stem: token.stem },
    end,
  };
}

function quotedHole(token: Token, index: SchemaIndex): Hole {
  const stored = lookUpValue(token.text, stemsOf(token.text), index);
  const columns = valueColumns(stored, token.text, index);
  return { kind: "hole", type: "value", text: token.text, value: token.text, columns };
}

/** The longest run of words that is one stored value, and no name of a table or column as well. */
function storedValue(
  tokens: readonly Token[],
  at: number,
  index: SchemaIndex,
): { readonly unit: Hole; readonly end: number } | undefined {
  for (let end = Math.min(tokens.length, at + longestValue); end > at; end -= 1) {
    const span = tokens.slice(at, end);
    if (span.some((token) => token.kind !== "word" && token.kind !== "number")) continue;
    if (span.length === 1 && span[0]?.kind === "number") continue;
    const candidates = lookUp(
      span.map((token) => token.stem),
      index,
    );
    const stored = candidates.flatMap(({ target, quality }) =>
      target.kind === "value" && quality >= 0.99 ? [target.value] : [],
    );
    const named = candidates.some(
      ({ target, quality }) => target.kind !== "value" && quality >= 0.9,
    );
    const [value] = stored;
    if (value === undefined || named || new Set(stored).size > 1) continue;
    const columns = valueColumns(candidates, value, index);
    return { unit: { kind: "hole", type: "value", text: textOf(span), value, columns }, end };
  }
  return undefined;
}

function valueColumns(
  candidates: readonly Candidate[],
  value: string,
  { tables }: SchemaIndex,
): ReadonlySet<string> {
  return new Set(
    candidates.flatMap(({ target }) => {
      if (target.kind !== "value" || target.value !== value) return [];
      const table = tables[target.table];
      return [`${table?.name}.${table?.columns[target.column]?.name}`];
    }),
  );
}

/** Answers a question that a person has verified before: word for word, or with typed slots filled in. */
import type { JsonValue } from "../sources/ports.ts";
import type { AskedInput, Now, VerifiedExample } from "./ports.ts";
import { indexSchema, type SchemaIndex } from "./schema-index.ts";
import { fillSlot, piecesOf, type Slot, slotParameters } from "./slots.ts";
import { namesOnlyKnownTables } from "./sql-tables.ts";
import { isSilent, normaliseText, type Token, tokenise } from "./tokens.ts";

export interface ExampleMatch {
  readonly example: VerifiedExample;
  readonly params: readonly JsonValue[];
}

type Pattern = readonly (Slot | Token)[];

/** Words whose presence changes nothing: courtesy, articles, and the verb that opens a request. */
const courtesy: ReadonlySet<string> = new Set(["please", "the", "a", "an", "me", "us"]);
const openings: ReadonlySet<string> = new Set(["show", "list", "give", "display", "get"]);

/** Under the same key two questions ask the same: what matching leaves out is left out here too. */
export function questionKey(question: string): string {
  return readPattern(question)
    .map((part) => (isSlot(part) ? `{${part.type}}` : keyOfToken(part)))
    .join(" ");
}

/** Quotation marks and case count inside quotes only; a number is its value however it is written. */
function keyOfToken(token: Token): string {
  if (token.kind === "number") return `#${token.value}`;
  return token.kind === "quoted" ? JSON.stringify(token.text) : token.lower;
}

/** The example with the fewest slots that matches all of the question, if any does. */
export function matchExample(
  question: string,
  { schema, semantics, examples, now, rejected = [] }: AskedInput,
): ExampleMatch | undefined {
  const asked = canonical(tokenise(question));
  const index = indexSchema(schema, semantics);
  let best: { readonly match: ExampleMatch; readonly slots: number } | undefined;
  for (const example of examples) {
    const pattern = patternOf(example);
    const slots = pattern.filter(isSlot).length;
    if (best !== undefined && best.slots <= slots) {
      continue;
    }
    const filled = matchFrom(pattern, 0, asked, 0, index, now);
    if (
      filled === undefined ||
      rejected.includes(example.sql) ||
      !namesOnlyKnownTables(example.sql, schema)
    ) {
      continue;
    }
    const params = example.slots.map((slot) => filled.get(slot));
    if (params.every((value) => value !== undefined)) {
      best = { match: { example, params }, slots };
    }
  }
  return best?.match;
}

const patterns = new WeakMap<VerifiedExample, Pattern>();

/** An example is read once and asked of often. */
function patternOf(example: VerifiedExample): Pattern {
  const pattern = patterns.get(example) ?? readPattern(example.question);
  patterns.set(example, pattern);
  return pattern;
}

function readPattern(question: string): Pattern {
  const pieces = piecesOf(normaliseText(question));
  return canonical(
    pieces.flatMap((piece): Pattern => (typeof piece === "string" ? tokenise(piece) : [piece])),
  );
}

function canonical<T extends Slot | Token>(parts: readonly T[]): readonly T[] {
  const kept = parts.filter(
    (part) => isSlot(part) || !(isSilent(part) || courtesy.has(part.lower)),
  );
  const word = (at: number): string => {
    const part = kept[at];
    return part === undefined || isSlot(part) ? "" : part.lower;
  };
  if (word(0) === "what" && ["is", "are", "was", "were"].includes(word(1))) {
    return kept.slice(2);
  }
  return openings.has(word(0)) && kept.length > 1 ? kept.slice(1) : kept;
}

function isSlot(part: Slot | Token): part is Slot {
  return "type" in part;
}

/** Slots take the longest span that fits and give way where the rest would then not match. */
function matchFrom(
  pattern: Pattern,
  at: number,
  asked: readonly Token[],
  from: number,
  index: SchemaIndex,
  now: Now,
): ReadonlyMap<string, JsonValue> | undefined {
  const part = pattern[at];
  if (part === undefined) {
    return from === asked.length ? new Map() : undefined;
  }
  if (!isSlot(part)) {
    return sameToken(part, asked[from])
      ? matchFrom(pattern, at + 1, asked, from + 1, index, now)
      : undefined;
  }
  const names = slotParameters(part.name, part.type);
  for (const { values, end } of fillSlot(part.type, asked, from, index, now)) {
    const rest = matchFrom(pattern, at + 1, asked, end, index, now);
    if (rest !== undefined) {
      return new Map([...rest, ...names.map((name, i) => [name, values[i] ?? null] as const)]);
    }
  }
  return undefined;
}

function sameToken(left: Token, right: Token | undefined): boolean {
  if (left.kind === "number" || right?.kind === "number") {
    return left.kind === right?.kind && left.value === right.value;
  }
  return (
    left.kind === right?.kind &&
    (left.kind === "quoted" ? left.text === right.text : left.lower === right.lower)
  );
}

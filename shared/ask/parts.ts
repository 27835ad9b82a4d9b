/** Turns tokens into parts: each one an operator, a link to the schema, a number, a period — or a word nothing accounts for. */
import {
  functionWords,
  lightVerbs,
  lightWords,
  superlatives,
  unsupported,
  writeWords,
} from "./lexicon.ts";
import { isOneEditApart, linkAt, lookUpValue } from "./link.ts";
import {
  durationUnits,
  type Grain,
  longestOperatorWords,
  type Operator,
  operatorPhrases,
  silentUnits,
} from "./operators.ts";
import { findPeriods, type Period } from "./periods.ts";
import type { Now } from "./ports.ts";
import type { Candidate, SchemaIndex } from "./schema-index.ts";
import { stemsOf, type Token } from "./tokens.ts";

export type Part = (
  | Operator
  | {
      readonly kind: "link";
      readonly candidates: readonly Candidate[];
      readonly negated: boolean;
      readonly plural: boolean;
    }
  | { readonly kind: "number"; readonly value: number; readonly unitMs?: number }
  | { readonly kind: "quoted"; readonly value: string }
  | { readonly kind: "period"; readonly period: Period }
  | {
      readonly kind: "superlative";
      readonly concepts: readonly string[];
      readonly descending: boolean;
    }
  | { readonly kind: "unit"; readonly grain: Grain }
  | { readonly kind: "unknown" | "unsupported" | "write" | "fresh" }
) & { readonly text: string };

const grains: ReadonlySet<string> = new Set(["hour", "day", "week", "month", "quarter", "year"]);
const silentSymbols: ReadonlySet<string> = new Set([
  "?",
  ".",
  "!",
  ":",
  "-",
  "(",
  ")",
  "$",
  "€",
  "£",
  "#",
  "'",
  '"',
]);

export function readParts(tokens: readonly Token[], index: SchemaIndex, now: Now): readonly Part[] {
  const periods = findPeriods(tokens, now);
  const parts: Part[] = [];
  let at = 0;
  while (at < tokens.length) {
    const found = periods.find((one) => one.start === at);
    if (found !== undefined) {
      parts.push({ kind: "period", period: found.period, text: textOf(tokens, at, found.end) });
      at = found.end;
      continue;
    }
    // A phrase never reaches into a period.
    const limit = periods.find((one) => one.start > at)?.start ?? tokens.length;
    const step = readPart(tokens.slice(0, limit), at, index);
    parts.push(...withoutSecondAggregate(step.parts, parts.at(-1)));
    at = step.end;
  }
  return parts;
}

/** After `average` what is called `total amount` is not to be summed. */
function withoutSecondAggregate(parts: readonly Part[], before: Part | undefined): readonly Part[] {
  const [first, second] = parts;
  const named = first?.kind === "aggregate" && second?.kind === "link";
  return named && before?.kind === "aggregate" ? parts.slice(1) : parts;
}

interface Step {
  readonly parts: readonly Part[];
  readonly end: number;
}

function readPart(tokens: readonly Token[], at: number, index: SchemaIndex): Step {
  const token = tokens[at];
  if (token === undefined) {
    return { parts: [], end: at + 1 };
  }
  if (token.kind === "quoted") {
    return { parts: [readQuoted(token, index)], end: at + 1 };
  }
  if (writeWords.has(token.lower)) {
    return { parts: [{ kind: "write", text: token.text }], end: at + 1 };
  }
  const link = linkAt(tokens, at, index);
  const operator = readOperator(tokens, at);
  const quality = link?.candidates[0]?.quality ?? 0;
  const weak = quality < 0.75 || (quality < 0.95 && unsupported.has(token.lower));
  const light = lightWords.has(token.lower) && !weak;
  const empty = functionWords.has(token.lower) && !light;
  if (
    link !== undefined &&
    link.length > (operator?.length ?? 0) &&
    !(link.length === 1 && (empty || (weak && isKnown(token))))
  ) {
    const part: Part = {
      kind: "link",
      candidates: link.candidates,
      negated: link.negated,
      plural: tokens[at + link.length - 1]?.stem !== tokens[at + link.length - 1]?.lower,
      text: textOf(tokens, at, at + link.length),
    };
    // `total amount` names a column and also asks for its sum.
    const also =
      operator?.operator.kind === "aggregate" && link.candidates[0]?.target.kind !== "metric"
        ? [{ ...operator.operator, text: token.text }]
        : [];
    return { parts: [...also, part], end: at + link.length };
  }
  if (operator !== undefined) {
    return {
      parts: [{ ...operator.operator, text: textOf(tokens, at, at + operator.length) }],
      end: at + operator.length,
    };
  }
  return readRest(tokens, at, token, empty);
}

function isKnown(token: Token): boolean {
  return (
    superlatives.has(token.lower) ||
    unsupported.has(token.lower) ||
    silentUnits.has(token.stem) ||
    grains.has(token.stem)
  );
}

function readRest(tokens: readonly Token[], at: number, token: Token, empty: boolean): Step {
  const end = at + 1;
  const { text } = token;
  if (token.kind === "number" && token.value !== undefined) {
    return readNumber(tokens, at, token.value);
  }
  const superlative = superlatives.get(token.lower);
  if (superlative !== undefined) {
    return { parts: [{ kind: "superlative", ...superlative, text }], end };
  }
  if (token.lower === "new") {
    return { parts: [{ kind: "fresh", text }], end };
  }
  if (unsupported.has(token.lower)) {
    return { parts: [{ kind: "unsupported", text }], end };
  }
  if (grains.has(token.stem)) {
    return { parts: [{ kind: "unit", grain: token.stem as Grain, text }], end };
  }
  if (
    empty ||
    lightVerbs.has(token.lower) ||
    silentUnits.has(token.stem) ||
    (token.kind === "symbol" && silentSymbols.has(token.text))
  ) {
    return { parts: [], end };
  }
  const meant = token.kind === "word" ? misspelt(token.lower) : undefined;
  return { parts: [meant === undefined ? { kind: "unknown", text } : { ...meant, text }], end };
}

/** An operator of one longer word with one letter wrong: `wich`, `averge`. */
function misspelt(word: string): Operator | undefined {
  const near = longOperators.filter((one) => isOneEditApart(word, one));
  return near.length === 1 ? operatorPhrases.get(near[0] ?? "") : undefined;
}

const longOperators = [...operatorPhrases.keys()].filter((one) => /^[a-z]{5,}$/.test(one));

/** A number and, where one follows, its unit. */
function readNumber(tokens: readonly Token[], at: number, value: number): Step {
  const text = tokens[at]?.text ?? "";
  const unitMs = durationUnits.get(tokens[at + 1]?.stem ?? "");
  return unitMs === undefined
    ? { parts: [{ kind: "number", value, text }], end: at + 1 }
    : { parts: [{ kind: "number", value, unitMs, text: textOf(tokens, at, at + 2) }], end: at + 2 };
}

function readQuoted(token: Token, index: SchemaIndex): Part {
  const candidates = lookUpValue(token.text, stemsOf(token.text), index);
  return candidates.length > 0
    ? { kind: "link", candidates, negated: false, plural: false, text: token.text }
    : { kind: "quoted", value: token.text, text: token.text };
}

function readOperator(
  tokens: readonly Token[],
  at: number,
): { readonly operator: Operator; readonly length: number } | undefined {
  for (let length = Math.min(longestOperatorWords, tokens.length - at); length >= 1; length -= 1) {
    const span = tokens.slice(at, at + length);
    const operator = operatorPhrases.get(span.map((token) => token.lower).join(" "));
    if (operator !== undefined && span.every((token) => token.kind !== "quoted")) {
      return { operator, length };
    }
    // `within 30 minutes` is a limit, `within every region` is a place.
    if (length === 1 && span[0]?.lower === "within" && tokens[at + 1]?.kind === "number") {
      return { operator: { kind: "compare", op: "<=" }, length };
    }
  }
  return undefined;
}

function textOf(tokens: readonly Token[], start: number, end: number): string {
  return tokens
    .slice(start, end)
    .map((token) => token.text)
    .join(" ");
}

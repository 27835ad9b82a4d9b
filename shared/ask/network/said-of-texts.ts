/** What a question says of a text: that something holds it, begins or ends with it, or that it is the name of a column. */

import { type Asked, inSmallLetters, isNamed, type SaidOfValue } from "./asked.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import { type GrammarWord, likes } from "./vocabulary.ts";
import { wordKey, wordsOfName } from "./words.ts";

type Part = NonNullable<SaidOfValue["part"]>;

/** All that is put right by knowing the part. */
const COMPARES: readonly GrammarWord[] = ["=", "!=", ...likes];

const PIECE = "letters?|words?|substrings?|strings?|characters?|phrase|prefix|suffix";
const TO_IT = `(an? |the )?((${PIECE}) )?`;
const piece = new RegExp(`\\b(${PIECE}) $`);
const begins = new RegExp(`\\b(start|begin)(s|ing|ning)? with ${TO_IT}$|\\bprefix $`);
const closes = new RegExp(`\\bend(s|ing)? with ${TO_IT}$|\\bsuffix $`);
/** Or in a place. */
const closesIn = new RegExp(`\\bend(s|ing)? in ${TO_IT}$`);
const holds = /\b(contain(s|ing)?|includ(es?|ing)) (an? |the )?$/;
const LOOK_BACK = 5;

export function saidOfText(own: ValueCandidate, asked: Asked): SaidOfValue | undefined {
  if (isQuotedName(own, asked)) {
    return { agrees: () => false, mayLimit: false };
  }
  const part = isSaidAgain(own, asked) ? undefined : partOf(own, asked);
  const agrees: SaidOfValue["agrees"] = ({ operator }) => COMPARES.includes(operator);
  // "size letter L" is no part of a size.
  const whole = new Set(part === "contains" ? own.stored.keys() : []);
  return part === undefined ? undefined : { agrees, mayLimit: false, part, whole };
}

function isSaidAgain({ text }: ValueCandidate, { tokens }: Asked): boolean {
  return tokens.filter(({ lower }) => lower === text.toLowerCase()).length > 1;
}

/** Undefined for what may be the whole of what is stored. */
function partOf(own: ValueCandidate, asked: Asked): Part | undefined {
  const { tokens, graph, candidates } = asked;
  const before = inSmallLetters(tokens.slice(Math.max(0, own.start - LOOK_BACK), own.start));
  const noun = piece.exec(before)?.[1];
  // Several letters that somebody has stored may be meant as they are.
  const isWhole = own.stored.size > 0 && own.text.length > 1 && noun === undefined;
  if (isWhole || (noun !== undefined && isNamed(noun, graph))) {
    return undefined;
  }
  if (begins.test(before)) {
    return "starts";
  }
  const isShort = noun !== undefined || own.text.length < 4;
  if (closes.test(before) || (isShort && closesIn.test(before))) {
    return "ends";
  }
  if (noun !== undefined || (own.stored.size === 0 && holds.test(before))) {
    return "contains";
  }
  const goesOn = /^or$/.test(tokens[own.start - 1]?.lower ?? "");
  const previous = candidates.find(({ end, kind }) => end === own.start - 1 && kind === "text");
  return goesOn && previous !== undefined ? partOf(previous, asked) : undefined;
}

/** `have 'Y' as "active" information`, `the value of "ties"`: quoted like a value, and none. */
function isQuotedName(own: ValueCandidate, { tokens, graph }: Asked): boolean {
  const before = inSmallLetters(tokens.slice(Math.max(0, own.start - 2), own.start));
  const after = tokens[own.end]?.lower ?? "";
  return (
    own.stored.size === 0 &&
    tokens[own.start]?.kind === "quoted" &&
    (/\b(as|value of) $/.test(before) || /^(information|column|field|attribute)$/.test(after)) &&
    isColumn(own.text, graph)
  );
}

function isColumn(text: string, { columns }: SchemaGraph): boolean {
  const keysOf = (words: readonly string[]): string => words.map(wordKey).join(" ");
  const said = keysOf(wordsOfName(text));
  return columns.some(({ words }) => keysOf(words) === said);
}

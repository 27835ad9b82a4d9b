/** What a question says of a text: that something holds it, begins or ends with it, or that it is the name of a column. */

import { type Asked, isNamed, type SaidOfValue, textOf } from "./asked.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import type { GrammarWord } from "./vocabulary.ts";
import { wordKey, wordsOfName } from "./words.ts";

const CONTAINS: readonly GrammarWord[] = ["contains", "notcontains"];
const STARTS: readonly GrammarWord[] = ["starts", "notstarts"];
const ENDS: readonly GrammarWord[] = ["ends", "notends"];

const PIECE = "letters?|words?|substrings?|strings?|characters?|phrase|prefix|suffix";
const TO_IT = `(an? |the )?((${PIECE}) )?`;
const piece = new RegExp(`\\b(${PIECE}) $`);
const begins = new RegExp(`\\b(start|begin)(s|ing|ning)? with ${TO_IT}$|\\bprefix $`);
const closes = new RegExp(`\\bend(s|ing)? (with|in) ${TO_IT}$|\\bsuffix $`);
const holds = /\b(contain(s|ing)?|includ(es?|ing)) (an? |the )?$/;
const LOOK_BACK = 5;

export function saidOfText(own: ValueCandidate, asked: Asked): SaidOfValue | undefined {
  if (isQuotedName(own, asked)) {
    return { mayCompare: () => false, mayLimit: false };
  }
  const operators = operatorsOf(own, asked);
  return operators === undefined
    ? undefined
    : { mayCompare: ({ operator }) => operators.includes(operator), mayLimit: false };
}

/** Undefined for what may be the whole of what is stored. */
function operatorsOf(own: ValueCandidate, asked: Asked): readonly GrammarWord[] | undefined {
  const { tokens, graph, candidates } = asked;
  const before = textOf(tokens.slice(Math.max(0, own.start - LOOK_BACK), own.start));
  const noun = piece.exec(before)?.[1];
  // Several letters that somebody has stored may be meant as they are.
  const isWhole = own.stored.size > 0 && own.text.length > 1 && noun === undefined;
  if (isWhole || (noun !== undefined && isNamed(noun, graph))) {
    return undefined;
  }
  if (begins.test(before)) {
    return STARTS;
  }
  if (closes.test(before)) {
    return ENDS;
  }
  if (noun !== undefined || holds.test(before)) {
    return CONTAINS;
  }
  const goesOn = /^(or|and|,)$/.test(tokens[own.start - 1]?.lower ?? "");
  const previous = candidates.find(({ end, kind }) => end === own.start - 1 && kind === "text");
  return goesOn && previous !== undefined ? operatorsOf(previous, asked) : undefined;
}

/** `have 'Y' as "active" information`: quoted like a value, and none. */
function isQuotedName({ stored, start, text }: ValueCandidate, { tokens, graph }: Asked): boolean {
  return stored.size === 0 && tokens[start]?.kind === "quoted" && isColumn(text, graph);
}

function isColumn(text: string, { columns }: SchemaGraph): boolean {
  const keysOf = (words: readonly string[]): string => words.map(wordKey).join(" ");
  const said = keysOf(wordsOfName(text));
  return columns.some(({ words }) => keysOf(words) === said);
}

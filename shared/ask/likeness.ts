/** How alike two questions of one source are, and how likely they ask the same. What else was asked or taught has no part in it. */
import { type Alignment, alignQuestions } from "./align-questions.ts";
import { maskUnits, type Unit } from "./masked.ts";
import { areOpposed, type Stance, stanceOf } from "./opposites.ts";
import type { Now } from "./ports.ts";
import {
  contentUnits,
  isBinding,
  isSuperlative,
  namesColumn,
  namesTable,
} from "./question-words.ts";
import type { SchemaIndex } from "./schema-index.ts";

/** A question as it is compared. */
export interface Worded {
  readonly stance: Stance;
  readonly units: readonly Unit[];
  /** Its three-letter pieces, values masked. */
  readonly pieces: ReadonlyMap<string, number>;
}

export interface QuestionsCompared {
  readonly alignment: Alignment;
  /** 0 … 1: words with synonyms, and three-letter pieces. */
  readonly similarity: number;
  /** 0 … 1: the chance that they ask the same. */
  readonly likeness: number;
}

export function wordsOf(question: string, index: SchemaIndex, now: Now | undefined): Worded {
  const units = contentUnits(maskUnits(question, index, now));
  return { stance: stanceOf(question), units, pieces: lettersOf(units) };
}

const WORD_SHARE = 0.75;

export function compareQuestions(
  known: Worded,
  asked: Worded,
  index: SchemaIndex,
): QuestionsCompared {
  const alignment = alignQuestions(known.units, asked.units, index);
  const features = likenessFeatures(known, asked, alignment, index);
  const [words = 0, letters = 0] = features;
  return {
    alignment,
    similarity: WORD_SHARE * words + (1 - WORD_SHARE) * letters,
    // Opposites are said in nearly the same words, and few of them are among what the weights were fitted to.
    likeness: areOpposed(known.stance, asked.stance) ? 0 : chanceOf(features),
  };
}

/**
 * What tells a paraphrase from a question that asks for something else: the shares of words and letters that have a
 * counterpart, and how many values, binding words, tables and columns only one of the two has. Two that each say much
 * of their own may still ask the same; one that only says more does not.
 */
export function likenessFeatures(
  { units: known, pieces }: Worded,
  asked: Worded,
  { pairs }: Alignment,
  index: SchemaIndex,
): readonly number[] {
  const taken = new Set([...pairs.values()].map(({ to }) => to));
  const left = known.filter((_, at) => !pairs.has(at));
  const over = asked.units.filter((_, at) => !taken.has(at));
  const unpaired = (test: (unit: Unit) => boolean) => [...left, ...over].filter(test).length;
  return [
    sharedWords(known, asked.units, pairs),
    dice(pieces, asked.pieces),
    unpaired(({ kind }) => kind === "hole"),
    unpaired((unit) => isBinding(unit) || isSuperlative(unit)),
    unpaired((unit) => namesTable(unit, index)),
    unpaired((unit) => namesColumn(unit, index)),
    Math.min(left.length, over.length),
    Math.abs(left.length - over.length),
  ];
}

/** Fitted by training/fit-likeness.ts to public paraphrases, each among the other verified questions of its database. */
const WEIGHTS: readonly number[] = [3.852, 7.045, -1.507, -0.202, -0.242, -0.542, 0.293, 0.072];
const BIAS = -7.602;

function chanceOf(features: readonly number[]): number {
  const sum = features.reduce((total, value, at) => total + value * (WEIGHTS[at] ?? 0), BIAS);
  return 1 / (1 + Math.exp(-sum));
}

/** Of the words and values of both questions, the share that has a counterpart. Each counts the same. */
function sharedWords(
  known: readonly Unit[],
  asked: readonly Unit[],
  pairs: Alignment["pairs"],
): number {
  let shared = 0;
  for (const { credit } of pairs.values()) shared += 2 * credit;
  const all = known.length + asked.length;
  return all === 0 ? 0 : shared / all;
}

const keyOf = (unit: Unit): string => (unit.kind === "word" ? unit.stem : `<${unit.type}>`);

function lettersOf(units: readonly Unit[]): ReadonlyMap<string, number> {
  const text = ` ${units.map(keyOf).join(" ")} `;
  const pieces = new Map<string, number>();
  for (let at = 0; at + 3 <= text.length; at += 1) {
    const piece = text.slice(at, at + 3);
    pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
  }
  return pieces;
}

/** Dice's coefficient over bags. */
function dice(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let shared = 0;
  let all = 0;
  for (const [piece, count] of one) {
    shared += Math.min(count, other.get(piece) ?? 0);
    all += count;
  }
  for (const count of other.values()) all += count;
  return all === 0 ? 0 : (2 * shared) / all;
}

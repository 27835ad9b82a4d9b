/**
 * The network read backwards: how likely somebody who means a program asks in these words. A program that leaves words
 * of the question unexplained, or says what nobody said, is told from one that fits (training/speaker.py).
 */
import {
  keysSize,
  mixValues,
  NOBODY,
  packKeys,
  packValues,
  scoreKeys,
  valuesSize,
} from "./attention.ts";
import { addRow, addWord, rowOfWord, UNKNOWN_WORD } from "./embed-word.ts";
import type { Features, FeatureWord } from "./features.ts";
import {
  addInto,
  FLOAT,
  feedForward,
  linear,
  type Matrix,
  normalise,
  strideOf,
  takeMatrix,
  viewOf,
} from "./matrix.ts";
import {
  GRAMMAR_WORD,
  type ProgramWord,
  type QuestionWord,
  wordsOfProgram,
  wordsOfQuestion,
} from "./spoken-words.ts";
import { stepOf } from "./vocabulary.ts";
import type { AttentionWeights, SpeakerWeights, Weights } from "./weights.ts";

/** Rows of the table `marks`. */
const BEGIN_MARK = 0;
const VALUE_MARK = 1;
/** Less likely than this nothing is held to be. */
const LEAST = Math.exp(-30);

/**
 * Log-probability of each word of the question, and of its end, given the program.
 * @param steps Of the program, without the closing one.
 * @returns undefined where question or program are longer than what was trained.
 */
export function tell(
  weights: Weights,
  features: Features,
  steps: readonly number[],
): readonly number[] | undefined {
  const { space, speaker } = weights;
  const parts = steps.map((step) => stepOf(step, features));
  const program = wordsOfProgram(weights, features, parts);
  const question = wordsOfQuestion(weights, features, parts, program);
  if (program.length > speaker.mostPlaces || question.length >= speaker.mostPlaces) {
    return undefined;
  }
  return space.borrow(() => {
    const memory = read(weights, program);
    const said = sayAfter(weights, question, memory);
    return chancesOf(weights, { program, question, memory, said });
  });
}

/** One vector for each word of the program. */
function read(weights: Weights, program: readonly ProgramWord[]): Matrix {
  const { space, speaker } = weights;
  const x = embedded(weights, program, ({ word }) => listOf(word), speaker.name);
  const rows = viewOf(space, x);
  program.forEach(({ kind, id }, at) => {
    const to = at * weights.width;
    if (kind === GRAMMAR_WORD) {
      rows.fill(0, to, to + weights.width);
      addRow(weights, rows, to, speaker.grammar, id, 1);
    }
    addRow(weights, rows, to, speaker.kind, kind, 1);
    addRow(weights, rows, to, speaker.places, at, 1);
  });
  addInto(
    space,
    x,
    embedded(weights, program, ({ owner = [] }) => owner, speaker.owner),
  );
  for (const layer of speaker.readers) {
    space.borrow(() => {
      const y = normalise(space, layer.first, x);
      addInto(space, x, attend(weights, layer.attention, y, y, false));
      feedForward(space, layer, normalise(space, layer.second, x), x);
    });
  }
  return normalise(space, speaker.read, x);
}

/** One vector for each word of the question and its end: what comes next, after the words before it. */
function sayAfter(weights: Weights, question: readonly QuestionWord[], memory: Matrix): Matrix {
  const { space, speaker } = weights;
  const before: readonly (QuestionWord | undefined)[] = [undefined, ...question];
  const x = embedded(weights, before, (word) => listOf(word?.word), speaker.said);
  const rows = viewOf(space, x);
  before.forEach((one, at) => {
    const to = at * weights.width;
    if (one?.word === undefined) {
      rows.fill(0, to, to + weights.width);
      addRow(weights, rows, to, speaker.marks, one === undefined ? BEGIN_MARK : VALUE_MARK, 1);
    }
    addRow(weights, rows, to, speaker.places, at, 1);
  });
  for (const layer of speaker.tellers) {
    space.borrow(() => {
      const y = normalise(space, layer.first, x);
      addInto(space, x, attend(weights, layer.own, y, y, true));
      addInto(
        space,
        x,
        attend(weights, layer.cross, normalise(space, layer.second, x), memory, false),
      );
      feedForward(space, layer, normalise(space, layer.third, x), x);
    });
  }
  return normalise(space, speaker.told, x);
}

function listOf(word: FeatureWord | undefined): readonly FeatureWord[] {
  return word === undefined ? [] : [word];
}

/** A row for each, made by the layer of the mean of its words. */
function embedded<T>(
  weights: Weights,
  all: readonly T[],
  wordsOf: (one: T) => readonly FeatureWord[],
  layer: SpeakerWeights["name"],
): Matrix {
  const { space, width } = weights;
  const words = takeMatrix(space, all.length, width);
  const rows = viewOf(space, words);
  rows.fill(0);
  all.forEach((each, at) => {
    const own = wordsOf(each);
    for (const word of own) {
      addWord(weights, rows, at * width, word, 1 / own.length);
    }
  });
  return linear(space, layer, words);
}

/** @param causal Each row looks at no row behind it. */
function attend(
  { space, width, heads }: Weights,
  layer: AttentionWeights,
  y: Matrix,
  memory: Matrix,
  causal: boolean,
): Matrix {
  const items = memory.rows;
  const size = width / heads;
  const query = linear(space, layer.query, y);
  const key = linear(space, layer.key, memory);
  const value = linear(space, layer.value, memory);
  const mixed = takeMatrix(space, y.rows, width);
  const stride = strideOf(items);
  const scores = space.take(y.rows * stride);
  const keys = space.take(keysSize(size, items));
  const values = space.take(valuesSize(size, items, 0));
  for (let head = 0; head < heads; head += 1) {
    const place = { items, width, from: head * size, size };
    packKeys(space.floats(keys, keysSize(size, items)), viewOf(space, key), place);
    packValues(
      space.floats(values, valuesSize(size, items, 0)),
      viewOf(space, value),
      place,
      nothing,
    );
    scoreKeys(space, query, keys, place, scores, stride);
    if (causal) {
      hideBehind(space.floats(scores, y.rows * stride), stride);
    }
    const bytes = stride * FLOAT;
    space.kernels.softmax(scores, bytes, y.rows, bytes, 1 / Math.sqrt(size));
    mixValues(space, scores, stride, values, place, mixed);
  }
  return linear(space, layer.out, mixed);
}

const nothing = new Float32Array();

function hideBehind(scores: Float32Array, stride: number): void {
  for (let row = 0; (row + 1) * stride <= scores.length; row += 1) {
    scores.fill(NOBODY, row * stride + row + 1, (row + 1) * stride);
  }
}

interface Told {
  readonly program: readonly ProgramWord[];
  readonly question: readonly QuestionWord[];
  /** A row for each word of the program. */
  readonly memory: Matrix;
  /** A row for each word of the question and for its end. */
  readonly said: Matrix;
}

/** A word is said freely, is one of the program's, repeated, or stands for one of them. */
function chancesOf(weights: Weights, told: Told): readonly number[] {
  const { space, speaker } = weights;
  const { question, said } = told;
  const ways = waysOf(weights, said);
  const freely = freeWords(weights, said);
  const shares = repeatedWords(weights, told);
  // Nothing is taken of the space from here on, which would move it.
  const rows = {
    ways: viewOf(space, ways),
    free: viewOf(space, freely),
    shares: viewOf(space, shares),
  };
  const stride = strideOf(told.program.length);
  const shareOf = (row: number, places: readonly number[]): number =>
    places.reduce((sum, at) => sum + (rows.shares[row * stride + at] as number), 0);
  const rare = Math.exp(speaker.rare);
  const end: QuestionWord = { repeated: [], meant: [] };
  return [...question, end].map((word, row) => {
    const target = targetOf(weights, word, row === question.length);
    const free =
      target === undefined
        ? 0
        : (rows.free[row * strideOf(speaker.often.outputs) + target] as number);
    const chances = [free, shareOf(row, word.repeated), shareOf(row, word.meant) * rare];
    const weigh = (sum: number, chance: number, way: number): number =>
      sum + (rows.ways[row * strideOf(WAYS) + way] as number) * Math.max(chance, LEAST);
    return Math.log(chances.reduce(weigh, 0));
  });
}

const WAYS = 3;

/** By row: how likely each way is. */
function waysOf({ space, speaker }: Weights, said: Matrix): Matrix {
  const scores = linear(space, speaker.ways, said);
  const rows = viewOf(space, scores);
  for (let row = 0; row < scores.rows; row += 1) {
    rows.fill(NOBODY, row * strideOf(WAYS) + WAYS, (row + 1) * strideOf(WAYS));
  }
  const bytes = strideOf(WAYS) * FLOAT;
  space.kernels.softmax(scores.address, bytes, scores.rows, bytes, 1);
  return scores;
}

/** The row of what can be said freely; undefined for a value. */
function targetOf(weights: Weights, { word }: QuestionWord, isEnd: boolean): number | undefined {
  const { words } = weights.speaker;
  if (isEnd) {
    return words;
  }
  if (word === undefined) {
    return undefined;
  }
  const row = rowOfWord(weights, word);
  return row < words ? row : UNKNOWN_WORD;
}

/** By row: the share of each word that can be said freely, and of the end behind them. */
function freeWords({ space, speaker }: Weights, said: Matrix): Matrix {
  const written = linear(space, speaker.write, said);
  const scores = linear(space, speaker.often, written);
  scoreEnd(speaker, viewOf(space, written), viewOf(space, scores), scores);
  const bytes = strideOf(scores.columns) * FLOAT;
  space.kernels.softmax(scores.address, bytes, scores.rows, bytes, 1);
  return scores;
}

/** Into the place behind the words. */
function scoreEnd(
  { end, words }: SpeakerWeights,
  written: Float32Array,
  scores: Float32Array,
  { rows, columns }: Matrix,
): void {
  const width = end.weights.length;
  for (let row = 0; row < rows; row += 1) {
    let score = end.bias;
    for (let at = 0; at < width; at += 1) {
      score += (end.weights[at] as number) * (written[row * width + at] as number);
    }
    scores[row * strideOf(columns) + words] = score;
  }
}

/** By row: the share of each word of the program, if one of them is repeated or put in other words. */
function repeatedWords({ space, speaker, width }: Weights, told: Told): Matrix {
  const { program, memory, said } = told;
  const items = program.length;
  const seek = linear(space, speaker.seek, said);
  const offer = linear(space, speaker.offer, memory);
  const shares = takeMatrix(space, said.rows, items);
  const place = { items, width, from: 0, size: width };
  const keys = space.take(keysSize(width, items));
  packKeys(space.floats(keys, keysSize(width, items)), viewOf(space, offer), place);
  const stride = strideOf(items);
  scoreKeys(space, seek, keys, place, shares.address, stride);
  const scores = viewOf(space, shares);
  program.forEach(({ key }, at) => {
    for (let row = 0; key === undefined && row < said.rows; row += 1) {
      scores[row * stride + at] = NOBODY;
    }
  });
  const bytes = stride * FLOAT;
  space.kernels.softmax(shares.address, bytes, said.rows, bytes, 1 / Math.sqrt(width));
  return shares;
}

/** The decoder: one step at a time, the scores of every word, column, table and value that may come next. */
import {
  type HeadPlace,
  keysSize,
  mixValues,
  packKeys,
  packValues,
  scoreKeys,
  valuesSize,
} from "./attention.ts";
import type { Encoded } from "./encode.ts";
import type { Features } from "./features.ts";
import {
  addInto,
  copyIn,
  FLOAT,
  feedForward,
  linear,
  logSumExp,
  type Matrix,
  normalise,
  rowsFrom,
  softmax,
  strideOf,
  takeMatrix,
  viewOf,
} from "./matrix.ts";
import { GRAMMAR_SIZE } from "./vocabulary.ts";
import type { AttentionWeights, DecoderWeights, Weights } from "./weights.ts";
import type { Workspace } from "./workspace.ts";

/** What all steps of one question share: numbers of its own, which the workspace is lent for each step. */
export interface DecoderMemory {
  readonly weights: Weights;
  readonly items: number;
  /** By decoder layer, then head by head: what the items answer to and with. */
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** (GRAMMAR_SIZE + pointable items) × width: what a step was. */
  readonly inputs: Float32Array;
  /** width × pointable items, in panels: what a step may point at. */
  readonly targets: Float32Array;
  readonly pointable: number;
}

/** What one line of steps has left behind: by layer, then by step; extended by every step. */
export interface DecoderState {
  readonly keys: readonly (readonly Float32Array[])[];
  readonly values: readonly (readonly Float32Array[])[];
  readonly length: number;
}

export const emptyState: DecoderState = { keys: [], values: [], length: 0 };

const nothing = new Float32Array();

export function rememberItems(
  weights: Weights,
  features: Features,
  encoded: Encoded,
): DecoderMemory {
  const { space, width } = weights;
  const { items, vectors } = encoded;
  const pointable = items - features.questions;
  return space.borrow(() => {
    const all = copyIn(space, vectors, width);
    const named = rowsFrom(all, features.questions);
    const inputs = new Float32Array((GRAMMAR_SIZE + pointable) * width);
    inputs.set(weights.grammar);
    inputs.set(viewOf(space, linear(space, weights.item, named)), GRAMMAR_SIZE * width);
    const target = linear(space, weights.target, named);
    return {
      weights,
      items,
      keys: weights.decoders.map(({ cross }) => keysOf(weights, linear(space, cross.key, all))),
      values: weights.decoders.map(({ cross }) =>
        valuesOf(weights, linear(space, cross.value, all)),
      ),
      inputs,
      targets: targetsOf(viewOf(space, target), pointTo(weights, pointable)),
      pointable,
    };
  });
}

/** Pointing is scoring by one head that is as wide as all. */
function pointTo({ width }: Weights, pointable: number): HeadPlace {
  return { items: pointable, width, from: 0, size: width };
}

function targetsOf(targets: Float32Array, place: HeadPlace): Float32Array {
  const panels = new Float32Array(keysSize(place.size, place.items));
  packKeys(panels, targets, place);
  return panels;
}

function placesOf({ width, heads }: Weights, items: number): readonly HeadPlace[] {
  const size = width / heads;
  return Array.from({ length: heads }, (_, head) => ({ items, width, from: head * size, size }));
}

function keysOf(weights: Weights, key: Matrix): Float32Array {
  const size = keysSize(weights.width / weights.heads, key.rows);
  const all = new Float32Array(weights.heads * size);
  placesOf(weights, key.rows).forEach((place, head) => {
    packKeys(all.subarray(head * size), viewOf(weights.space, key), place);
  });
  return all;
}

function valuesOf(weights: Weights, value: Matrix): Float32Array {
  const size = valuesSize(weights.width / weights.heads, value.rows, 0);
  const all = new Float32Array(weights.heads * size);
  placesOf(weights, value.rows).forEach((place, head) => {
    packValues(all.subarray(head * size), viewOf(weights.space, value), place, nothing);
  });
  return all;
}

export interface Stepped {
  readonly states: readonly DecoderState[];
  /** By line: log-probabilities of all tokens. */
  readonly scores: readonly Float32Array[];
}

/** Extends several lines of equal length at once: `tokens[i]` is the last step of the line that left `states[i]`. */
export function step(
  memory: DecoderMemory,
  states: readonly DecoderState[],
  tokens: readonly number[],
): Stepped {
  const { weights } = memory;
  const { space } = weights;
  return space.borrow(() => {
    const x = embedSteps(memory, tokens, states[0]?.length ?? 0);
    let grown: readonly DecoderState[] = states.map(({ length }) => ({
      ...emptyState,
      length: length + 1,
    }));
    weights.decoders.forEach((layer, depth) => {
      space.borrow(() => {
        const own = attendOwn(weights, layer, depth, normalise(space, layer.first, x), states);
        grown = grown.map(({ keys, values, length }, line) => ({
          keys: [...keys, own.keys[line] ?? []],
          values: [...values, own.values[line] ?? []],
          length,
        }));
        addInto(space, x, linear(space, layer.own.out, own.mixed));
        addInto(
          space,
          x,
          attendItems(memory, layer.cross, depth, normalise(space, layer.second, x)),
        );
        feedForward(space, layer, normalise(space, layer.third, x), x);
      });
    });
    return { states: grown, scores: score(memory, normalise(space, weights.decoded, x)) };
  });
}

function embedSteps(
  { weights, inputs }: DecoderMemory,
  tokens: readonly number[],
  position: number,
): Matrix {
  const { space, width, steps } = weights;
  const x = takeMatrix(space, tokens.length, width);
  const rows = viewOf(space, x);
  tokens.forEach((token, line) => {
    for (let at = 0; at < width; at += 1) {
      rows[line * width + at] =
        (inputs[token * width + at] as number) + (steps[position * width + at] as number);
    }
  });
  return x;
}

/** By line: all its keys and values, and what it makes of them. */
interface OwnAttention {
  readonly mixed: Matrix;
  readonly keys: readonly (readonly Float32Array[])[];
  readonly values: readonly (readonly Float32Array[])[];
}

function attendOwn(
  weights: Weights,
  { own }: DecoderWeights,
  depth: number,
  y: Matrix,
  states: readonly DecoderState[],
): OwnAttention {
  const { space, width } = weights;
  const query = linear(space, own.query, y);
  const key = linear(space, own.key, y);
  const value = linear(space, own.value, y);
  const mixed = takeMatrix(space, y.rows, width);
  const row = (x: Matrix, line: number) => space.floats(x.address + line * width * FLOAT, width);
  const keys = states.map((state, line) => [...(state.keys[depth] ?? []), row(key, line).slice()]);
  const values = states.map((state, line) => [
    ...(state.values[depth] ?? []),
    row(value, line).slice(),
  ]);
  states.forEach((_, line) => {
    attend(weights, row(query, line), keys[line] ?? [], values[line] ?? [], row(mixed, line));
  });
  return { mixed, keys, values };
}

/** One query over the few steps before it: too little for the kernels to be worth preparing for. */
function attend(
  { width, heads }: Weights,
  query: Float32Array,
  keys: readonly Float32Array[],
  values: readonly Float32Array[],
  mixed: Float32Array,
): void {
  const size = width / heads;
  const scale = 1 / Math.sqrt(size);
  const scores = new Float32Array(keys.length);
  mixed.fill(0);
  for (let from = 0; from < width; from += size) {
    keys.forEach((key, other) => {
      let sum = 0;
      for (let at = from; at < from + size; at += 1) {
        sum += (query[at] as number) * (key[at] as number);
      }
      scores[other] = sum * scale;
    });
    softmax(scores);
    values.forEach((value, other) => {
      const share = scores[other] as number;
      for (let at = from; at < from + size; at += 1) {
        mixed[at] = (mixed[at] as number) + share * (value[at] as number);
      }
    });
  }
}

function attendItems(
  { weights, items, keys, values }: DecoderMemory,
  layer: AttentionWeights,
  depth: number,
  y: Matrix,
): Matrix {
  const { space, width, heads } = weights;
  const size = width / heads;
  const query = linear(space, layer.query, y);
  const mixed = takeMatrix(space, y.rows, width);
  const stride = strideOf(items);
  const scores = space.take(y.rows * stride);
  const keysAt = lend(space, keys[depth] ?? nothing);
  const valuesAt = lend(space, values[depth] ?? nothing);
  placesOf(weights, items).forEach((place, head) => {
    const own = keysAt + head * keysSize(size, items) * FLOAT;
    scoreKeys(space, query, own, place, scores, stride);
    const bytes = stride * FLOAT;
    space.kernels.softmax(scores, bytes, y.rows, bytes, 1 / Math.sqrt(size));
    const held = valuesAt + head * valuesSize(size, items, 0) * FLOAT;
    mixValues(space, scores, stride, held, place, mixed);
  });
  return linear(space, layer.out, mixed);
}

function lend(space: Workspace, values: Float32Array): number {
  const address = space.take(values.length);
  space.floats(address, values.length).set(values);
  return address;
}

function score(memory: DecoderMemory, x: Matrix): readonly Float32Array[] {
  const { weights, targets, pointable } = memory;
  const { space } = weights;
  const written = linear(space, weights.write, x);
  const point = linear(space, weights.point, x);
  const pointed = takeMatrix(space, x.rows, pointable);
  const stride = strideOf(pointable);
  const place = pointTo(weights, pointable);
  scoreKeys(space, point, lend(space, targets), place, pointed.address, stride);
  const scale = 1 / Math.sqrt(weights.width);
  const words = viewOf(space, written);
  const items = viewOf(space, pointed);
  return Array.from({ length: x.rows }, (_, line) => {
    const all = new Float32Array(GRAMMAR_SIZE + pointable);
    const from = line * strideOf(GRAMMAR_SIZE);
    all.set(words.subarray(from, from + GRAMMAR_SIZE));
    for (let at = 0; at < pointable; at += 1) {
      all[GRAMMAR_SIZE + at] = (items[line * stride + at] as number) * scale;
    }
    const total = logSumExp(all);
    for (let at = 0; at < all.length; at += 1) {
      all[at] = (all[at] as number) - total;
    }
    return all;
  });
}

/** The decoder: one step at a time, the scores of every word, column, table and value that may come next. */
import type { Encoded } from "./encode.ts";
import type { Features } from "./features.ts";
import { addInto, gelu, linear, logSumExp, normalise, product, softmax } from "./matrix.ts";
import { GRAMMAR_SIZE } from "./vocabulary.ts";
import type { AttentionWeights, Weights } from "./weights.ts";

/** What all steps of one question share. */
export interface DecoderMemory {
  readonly weights: Weights;
  readonly items: number;
  /** By decoder layer: what the items answer to and with. */
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  /** (GRAMMAR_SIZE + pointable items) × width: what a step was. */
  readonly inputs: Float32Array;
  /** pointable items × width: what a step may point at. */
  readonly targets: Float32Array;
  readonly pointable: number;
}

/** What one line of steps has left behind, by layer; extended by every step. */
export interface DecoderState {
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  readonly length: number;
}

export const emptyState: DecoderState = { keys: [], values: [], length: 0 };

export function rememberItems(
  weights: Weights,
  features: Features,
  encoded: Encoded,
): DecoderMemory {
  const { width } = weights;
  const { items, vectors } = encoded;
  const pointable = items - features.questions;
  const named = vectors.subarray(features.questions * width);
  const inputs = new Float32Array((GRAMMAR_SIZE + pointable) * width);
  inputs.set(weights.grammar);
  inputs.set(linear(weights.item, named, pointable), GRAMMAR_SIZE * width);
  return {
    weights,
    items,
    keys: weights.decoders.map((layer) => linear(layer.cross.key, vectors, items)),
    values: weights.decoders.map((layer) => linear(layer.cross.value, vectors, items)),
    inputs,
    targets: linear(weights.target, named, pointable),
    pointable,
  };
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
  const { width } = weights;
  const lines = tokens.length;
  const position = states[0]?.length ?? 0;
  const x = new Float32Array(lines * width);
  tokens.forEach((token, line) => {
    for (let at = 0; at < width; at += 1) {
      x[line * width + at] =
        (memory.inputs[token * width + at] as number) +
        (weights.steps[position * width + at] as number);
    }
  });
  const grown = states.map(() => ({ keys: [] as Float32Array[], values: [] as Float32Array[] }));
  weights.decoders.forEach((layer, depth) => {
    const y = normalise(layer.first, x, lines);
    const key = linear(layer.own.key, y, lines);
    const value = linear(layer.own.value, y, lines);
    const query = linear(layer.own.query, y, lines);
    const mixed = new Float32Array(lines * width);
    states.forEach((state, line) => {
      const keys = append(state.keys[depth], key, line, width);
      const values = append(state.values[depth], value, line, width);
      grown[line]?.keys.push(keys);
      grown[line]?.values.push(values);
      attend(weights, query, line, keys, values, position + 1, mixed);
    });
    addInto(x, linear(layer.own.out, mixed, lines));
    addInto(x, crossAttend(memory, layer.cross, depth, normalise(layer.second, x, lines), lines));
    const wide = linear(layer.widen, normalise(layer.third, x, lines), lines);
    gelu(wide);
    addInto(x, linear(layer.narrow, wide, lines));
  });
  return {
    states: grown.map((one) => ({ ...one, length: position + 1 })),
    scores: score(memory, normalise(weights.decoded, x, lines), lines),
  };
}

function append(
  before: Float32Array | undefined,
  rows: Float32Array,
  line: number,
  width: number,
): Float32Array {
  const own = rows.subarray(line * width, (line + 1) * width);
  const grown = new Float32Array((before?.length ?? 0) + width);
  grown.set(before ?? [], 0);
  grown.set(own, before?.length ?? 0);
  return grown;
}

function crossAttend(
  memory: DecoderMemory,
  layer: AttentionWeights,
  depth: number,
  y: Float32Array,
  lines: number,
): Float32Array {
  const query = linear(layer.query, y, lines);
  const mixed = new Float32Array(y.length);
  const keys = memory.keys[depth] as Float32Array;
  const values = memory.values[depth] as Float32Array;
  for (let line = 0; line < lines; line += 1) {
    attend(memory.weights, query, line, keys, values, memory.items, mixed);
  }
  return linear(layer.out, mixed, lines);
}

/** One row of queries over `count` keys, into the same row of `mixed`. */
function attend(
  { width, heads }: Weights,
  query: Float32Array,
  line: number,
  keys: Float32Array,
  values: Float32Array,
  count: number,
  mixed: Float32Array,
): void {
  const size = width / heads;
  const scale = 1 / Math.sqrt(size);
  const scores = new Float32Array(count);
  for (let head = 0; head < heads; head += 1) {
    const own = line * width + head * size;
    for (let other = 0; other < count; other += 1) {
      const start = other * width + head * size;
      let sum = 0;
      for (let dim = 0; dim < size; dim += 1) {
        sum += (query[own + dim] as number) * (keys[start + dim] as number);
      }
      scores[other] = sum * scale;
    }
    softmax(scores, 0, count);
    for (let other = 0; other < count; other += 1) {
      const share = scores[other] as number;
      const start = other * width + head * size;
      for (let dim = 0; dim < size; dim += 1) {
        mixed[own + dim] = (mixed[own + dim] as number) + share * (values[start + dim] as number);
      }
    }
  }
}

function score(memory: DecoderMemory, x: Float32Array, lines: number): readonly Float32Array[] {
  const { weights, targets, pointable } = memory;
  const written = linear(weights.write, x, lines);
  const pointed = product(
    linear(weights.point, x, lines),
    targets,
    lines,
    weights.width,
    pointable,
  );
  const scale = 1 / Math.sqrt(weights.width);
  return Array.from({ length: lines }, (_, line) => {
    const all = new Float32Array(GRAMMAR_SIZE + pointable);
    all.set(written.subarray(line * GRAMMAR_SIZE, (line + 1) * GRAMMAR_SIZE));
    for (let at = 0; at < pointable; at += 1) {
      all[GRAMMAR_SIZE + at] = (pointed[line * pointable + at] as number) * scale;
    }
    const total = logSumExp(all, 0, all.length);
    return all.map((one) => one - total);
  });
}

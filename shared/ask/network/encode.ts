/** The encoder: from features to one vector for every token, column, table and value. */
import { type Features, FLAGS } from "./features.ts";
import {
  addInto,
  gelu,
  linear,
  normalise,
  product,
  slice,
  sliceAcross,
  softmax,
} from "./matrix.ts";
import { RELATIONS } from "./relations.ts";
import type { EncoderWeights, Weights } from "./weights.ts";

/** Vectors of the items, in the order of the features. */
export interface Encoded {
  readonly items: number;
  /** items × width. */
  readonly vectors: Float32Array;
}

const UNKNOWN_WORD = 1;

export function encode(weights: Weights, features: Features): Encoded {
  const items = features.words.length;
  let x = embed(weights, features);
  weights.encoders.forEach((layer, at) => {
    x = encodeLayer(weights, layer, at, x, items, features.relations);
  });
  return { items, vectors: normalise(weights.encoded, x, items) };
}

function embed(weights: Weights, features: Features): Float32Array {
  const { width } = weights;
  const { questions, columns, tables, words } = features;
  const x = linear(weights.flags, features.flags, words.length);
  if (features.flags.length !== words.length * FLAGS) {
    throw new RangeError("features do not fit their items");
  }
  words.forEach((own, item) => {
    const kind =
      item < questions
        ? 0
        : item < questions + columns
          ? 1
          : item < questions + columns + tables
            ? 2
            : 3;
    const start = item * width;
    add(x, start, weights.kind, kind * width, width, 1);
    for (const word of own) {
      const row = weights.vocabulary.get(word.form) ?? UNKNOWN_WORD;
      add(x, start, weights.words, row * width, width, 1 / own.length);
      for (const gram of word.grams) {
        add(x, start, weights.grams, gram * width, width, 1 / own.length / word.grams.length);
      }
    }
  });
  return x;
}

function add(
  x: Float32Array,
  to: number,
  table: Float32Array,
  from: number,
  width: number,
  factor: number,
): void {
  for (let at = 0; at < width; at += 1) {
    x[to + at] = (x[to + at] as number) + factor * (table[from + at] as number);
  }
}

function encodeLayer(
  weights: Weights,
  layer: EncoderWeights,
  at: number,
  x: Float32Array,
  items: number,
  relations: Uint8Array,
): Float32Array {
  const y = normalise(layer.first, x, items);
  const attended = attendRelated(weights, layer, at, y, items, relations);
  addInto(x, linear(layer.attention.out, attended, items));
  const wide = linear(layer.widen, normalise(layer.second, x, items), items);
  gelu(wide);
  addInto(x, linear(layer.narrow, wide, items));
  return x;
}

/** Attention whose scores and values depend on how two items relate. */
function attendRelated(
  weights: Weights,
  layer: EncoderWeights,
  at: number,
  y: Float32Array,
  items: number,
  relations: Uint8Array,
): Float32Array {
  const { width, heads } = weights;
  const size = width / heads;
  const query = linear(layer.attention.query, y, items);
  const key = linear(layer.attention.key, y, items);
  const value = linear(layer.attention.value, y, items);
  const mixed = new Float32Array(items * width);
  const mass = new Float32Array(RELATIONS);
  const bias = new Float32Array(RELATIONS);
  const scale = 1 / Math.sqrt(size);
  for (let head = 0; head < heads; head += 1) {
    const from = head * size;
    for (let kind = 0; kind < RELATIONS; kind += 1) {
      bias[kind] = weights.bias[(kind * weights.encoders.length + at) * heads + head] as number;
    }
    const own = slice(query, items, width, from, size);
    const other = slice(key, items, width, from, size);
    const scores = product(own, other, items, size, items);
    for (let pair = 0; pair < scores.length; pair += 1) {
      const kind = relations[pair] as number;
      scores[pair] = (scores[pair] as number) * scale + (bias[kind] as number);
    }
    for (let row = 0; row < items; row += 1) {
      softmax(scores, row * items, items);
    }
    const held = product(scores, sliceAcross(value, items, width, from, size), items, items, size);
    for (let row = 0; row < items; row += 1) {
      const to = row * width + from;
      mixed.set(held.subarray(row * size, (row + 1) * size), to);
      mass.fill(0);
      for (let pair = row * items; pair < (row + 1) * items; pair += 1) {
        const kind = relations[pair] as number;
        mass[kind] = (mass[kind] as number) + (scores[pair] as number);
      }
      addRelations(mixed, to, mass, layer.relation, size);
    }
  }
  return mixed;
}

function addRelations(
  mixed: Float32Array,
  to: number,
  mass: Float32Array,
  relation: Float32Array,
  size: number,
): void {
  for (let kind = 0; kind < RELATIONS; kind += 1) {
    const share = mass[kind] as number;
    if (share > 0) {
      for (let dim = 0; dim < size; dim += 1) {
        mixed[to + dim] =
          (mixed[to + dim] as number) + share * (relation[kind * size + dim] as number);
      }
    }
  }
}

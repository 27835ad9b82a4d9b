/** The encoder: from features to one vector for every token, column, table and value. */
import { FLAGS, type Features } from "./features.ts";
import { addInto, gelu, linear, normalise, softmax } from "./matrix.ts";
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
    const kind = item < questions ? 0 : item < questions + columns ? 1 : item < questions + columns + tables ? 2 : 3;
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
  const scores = new Float32Array(items);
  const mass = new Float32Array(RELATIONS);
  const biases = weights.encoders.length * heads;
  const scale = 1 / Math.sqrt(size);
  for (let head = 0; head < heads; head += 1) {
    const from = head * size;
    const bias = at * heads + head;
    for (let row = 0; row < items; row += 1) {
      const own = row * width + from;
      for (let other = 0; other < items; other += 1) {
        const start = other * width + from;
        let sum = 0;
        for (let dim = 0; dim < size; dim += 1) {
          sum += (query[own + dim] as number) * (key[start + dim] as number);
        }
        const kind = relations[row * items + other] as number;
        scores[other] = sum * scale + (weights.bias[kind * biases + bias] as number);
      }
      softmax(scores, 0, items);
      mass.fill(0);
      for (let other = 0; other < items; other += 1) {
        const share = scores[other] as number;
        const start = other * width + from;
        for (let dim = 0; dim < size; dim += 1) {
          mixed[own + dim] = (mixed[own + dim] as number) + share * (value[start + dim] as number);
        }
        const kind = relations[row * items + other] as number;
        mass[kind] = (mass[kind] as number) + share;
      }
      addRelations(mixed, own, mass, layer.relation, size);
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
        mixed[to + dim] = (mixed[to + dim] as number) + share * (relation[kind * size + dim] as number);
      }
    }
  }
}

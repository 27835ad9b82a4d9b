/** The encoder: from features to one vector for every token, column, table and value. */

import {
  type HeadPlace,
  keysSize,
  mixValues,
  packKeys,
  packValues,
  scoreKeys,
  valuesSize,
} from "./attention.ts";
import { addRow, addWord } from "./embed-word.ts";
import { type Features, FLAGS } from "./features.ts";
import {
  addInto,
  copyIn,
  FLOAT,
  feedForward,
  linear,
  type Matrix,
  normalise,
  strideOf,
  takeMatrix,
  viewOf,
} from "./matrix.ts";
import { RELATIONS } from "./relations.ts";
import type { EncoderWeights, Weights } from "./weights.ts";
import type { Workspace } from "./workspace.ts";

/** Vectors of the items, in the order of the features. */
export interface Encoded {
  readonly items: number;
  /** items × width. */
  readonly vectors: Float32Array;
}

export function encode(weights: Weights, features: Features): Encoded {
  const { space, width } = weights;
  const items = features.words.length;
  if (features.flags.length !== items * FLAGS || features.relations.length !== items * items) {
    throw new RangeError("features do not fit their items");
  }
  return space.borrow(() => {
    const x = linear(space, weights.flags, copyIn(space, features.flags, FLAGS));
    embed(weights, features, viewOf(space, x));
    const shared = shareRelations(space, features.relations, items);
    weights.encoders.forEach((layer) => {
      space.borrow(() => encodeLayer(weights, layer, x, shared));
    });
    const y = normalise(space, weights.encoded, x);
    return { items, vectors: space.floats(y.address, items * width).slice() };
  });
}

function embed(weights: Weights, features: Features, x: Float32Array): void {
  const { width } = weights;
  const { questions, columns, tables, words } = features;
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
    addRow(weights, x, start, weights.kind, kind, 1);
    for (const word of own) {
      addWord(weights, x, start, word, 1 / own.length);
    }
  });
}

/** What all layers and heads of one question share. */
interface Shared {
  /** items × strideOf(items) bytes: how each item relates to each. */
  readonly relations: number;
  /** Room for the sums over relations; all 0 between uses. */
  readonly sums: number;
}

const LANES = 4;

function shareRelations(space: Workspace, relations: Uint8Array, items: number): Shared {
  const stride = strideOf(items);
  const shared = {
    relations: space.take((items * stride) / FLOAT),
    sums: space.take(LANES * RELATIONS),
  };
  const padded = space.bytes(shared.relations, items * stride);
  for (let row = 0; row < items; row += 1) {
    padded.set(relations.subarray(row * items, (row + 1) * items), row * stride);
    padded.fill(0, row * stride + items, (row + 1) * stride);
  }
  space.floats(shared.sums, LANES * RELATIONS).fill(0);
  return shared;
}

/** Changes x. */
function encodeLayer(weights: Weights, layer: EncoderWeights, x: Matrix, shared: Shared): void {
  const { space } = weights;
  const attended = attendRelated(weights, layer, normalise(space, layer.first, x), shared);
  addInto(space, x, linear(space, layer.attention.out, attended));
  feedForward(space, layer, normalise(space, layer.second, x), x);
}

/** Attention whose scores and values depend on how two items relate. */
function attendRelated(
  { space, width, heads }: Weights,
  layer: EncoderWeights,
  y: Matrix,
  { relations, sums }: Shared,
): Matrix {
  const items = y.rows;
  const size = width / heads;
  const query = linear(space, layer.attention.query, y);
  const key = linear(space, layer.attention.key, y);
  const value = linear(space, layer.attention.value, y);
  const mixed = takeMatrix(space, items, width);
  // Behind the shares of the items in a row are those of the relations.
  const stride = strideOf(items) + RELATIONS;
  const scores = space.take(items * stride);
  const keys = space.take(keysSize(size, items));
  const values = space.take(valuesSize(size, items, RELATIONS));
  for (let head = 0; head < heads; head += 1) {
    const place: HeadPlace = { items, width, from: head * size, size };
    packKeys(space.floats(keys, keysSize(size, items)), viewOf(space, key), place);
    packValues(
      space.floats(values, valuesSize(size, items, RELATIONS)),
      viewOf(space, value),
      place,
      layer.relation,
    );
    scoreKeys(space, query, keys, place, scores, stride);
    space.kernels.relatedSoftmax(
      scores,
      stride * FLOAT,
      items,
      strideOf(items) * FLOAT,
      1 / Math.sqrt(size),
      relations,
      layer.bias + head * RELATIONS * FLOAT,
      sums,
    );
    mixValues(space, scores, stride, values, place, mixed);
  }
  return mixed;
}

/** A word as a vector: what is known of it, and its groups of letters. */
import type { FeatureWord } from "./features.ts";
import type { Embedding, Weights } from "./weights.ts";

/** The row of all words that training did not meet. */
export const UNKNOWN_WORD = 1;

/** The row of the word table. */
export function rowOfWord({ vocabulary }: Weights, { form }: FeatureWord): number {
  return vocabulary.get(form) ?? UNKNOWN_WORD;
}

/** Adds a share of the word's vector to the floats from `to` on. */
export function addWord(
  weights: Weights,
  x: Float32Array,
  to: number,
  word: FeatureWord,
  share: number,
): void {
  addRow(weights, x, to, weights.words, rowOfWord(weights, word), share);
  for (const gram of word.grams) {
    addRow(weights, x, to, weights.grams, gram, share / word.grams.length);
  }
}

/** Adds a share of one row of a table. */
export function addRow(
  { width }: Weights,
  x: Float32Array,
  to: number,
  table: Embedding,
  row: number,
  share: number,
): void {
  const { values } = table;
  const factor = share * (table.scales[row] ?? 0);
  const from = row * width;
  for (let at = 0; at < width; at += 1) {
    x[to + at] = (x[to + at] as number) + factor * (values[from + at] as number);
  }
}

/** The scores of every step of a program that is given, as the decoder sees them when it writes it. */
import {
  type DecoderState,
  emptyState,
  rememberItems,
  step,
} from "../../../shared/ask/network/decode.ts";
import { encode } from "../../../shared/ask/network/encode.ts";
import type { Features } from "../../../shared/ask/network/features.ts";
import type { Weights } from "../../../shared/ask/network/weights.ts";

export function decoderSteps(
  weights: Weights,
  features: Features,
  target: readonly number[],
): readonly Float32Array[] {
  const memory = rememberItems(weights, features, encode(weights, features));
  const all: Float32Array[] = [];
  let states: readonly DecoderState[] = [emptyState];
  for (const token of [0, ...target]) {
    const next = step(memory, states, [token]);
    states = next.states;
    all.push(next.scores[0] ?? new Float32Array());
  }
  return all;
}

/** What a network takes for likely beside what is right: what the speaker learns to tell from it. */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openWeights } from "../shared/adapters/question-network/load-network.ts";
import { search } from "../shared/ask/network/beam.ts";
import { rememberItems } from "../shared/ask/network/decode.ts";
import { encode } from "../shared/ask/network/encode.ts";
import type { Features } from "../shared/ask/network/features.ts";
import type { Follower } from "../shared/ask/network/grammar.ts";
import type { Weights } from "../shared/ask/network/weights.ts";

export interface Contested {
  readonly features: Features;
  /** What is right, as tokens. */
  readonly target: readonly number[];
  /** Of any program over the question. */
  readonly begin: () => Follower;
}

const MOST = 8;
/** Of a question that was learnt by heart nearly everything else is far less likely. */
const HOPELESS = 10;

export type RivalsOf = (one: Contested) => readonly (readonly number[])[];

/** @param folder Of `network.json` and `network.bin`. */
export async function openRivals(folder: string): Promise<RivalsOf> {
  const weights = await openWeights((name) => readFile(join(folder, name)));
  return (one) => rivalsOf(weights, one);
}

function rivalsOf(
  weights: Weights,
  { features, target, begin }: Contested,
): readonly (readonly number[])[] {
  const memory = rememberItems(weights, features, encode(weights, features));
  const right = inOrder(target);
  return search(memory, begin(), MOST, HOPELESS).flatMap(({ tokens }) =>
    inOrder(tokens) === right ? [] : [tokens],
  );
}

/** What is written in another order mostly means the same. */
function inOrder(tokens: readonly number[]): string {
  return tokens.toSorted((left, right) => left - right).join(" ");
}

/** One line for each. */
export async function writeRivals(
  file: string,
  all: readonly Contested[],
  rivals: RivalsOf,
): Promise<void> {
  const stream = createWriteStream(file);
  for (const [at, one] of all.entries()) {
    if (!stream.write(`${JSON.stringify(rivals(one))}\n`)) {
      await new Promise<void>((resolve) => stream.once("drain", resolve));
    }
    if (at % 1_000 === 0) process.stdout.write(`${file}: ${at} of ${all.length}\n`);
  }
  await new Promise<void>((resolve) => stream.end(resolve));
}

/** The verified examples that are most like a question, for a prompt: by the words they share, rare ones first. */
import { functionWords } from "./lexicon.ts";
import type { VerifiedExample } from "./ports.ts";
import { stemsOf } from "./tokens.ts";

export interface ToldExample {
  readonly question: string;
  readonly sql: string;
}

const MAX_EXAMPLES = 4;
/** Fewer words in common than this part of both say nothing. */
const LEAST_LIKENESS = 0.15;

const memory = new WeakMap<VerifiedExample, ReadonlySet<string>>();

/** At most `maxBytes` of JSON, the most alike first. */
export function nearestExamples(
  question: string,
  examples: readonly VerifiedExample[],
  maxBytes: number,
): readonly ToldExample[] {
  const asked = wordsOf(question);
  const weights = rarity(examples);
  const ranked = examples
    .map((example) => ({ example, likeness: likeness(asked, exampleWords(example), weights) }))
    .filter((one) => one.likeness >= LEAST_LIKENESS)
    .sort((a, b) => b.likeness - a.likeness);
  const told: ToldExample[] = [];
  let bytes = 2;
  for (const { example } of ranked) {
    const one = { question: example.question, sql: example.sql };
    const size = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (told.length === MAX_EXAMPLES || bytes + size > maxBytes) continue;
    bytes += size;
    told.push(one);
  }
  return told;
}

function exampleWords(example: VerifiedExample): ReadonlySet<string> {
  const known = memory.get(example) ?? wordsOf(example.question.replace(/\{\w+:\w+\}/g, " "));
  memory.set(example, known);
  return known;
}

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(stemsOf(text).filter((word) => !functionWords.has(word)));

function rarity(examples: readonly VerifiedExample[]): (word: string) => number {
  const counts = new Map<string, number>();
  for (const example of examples)
    for (const word of exampleWords(example)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return (word) => Math.log(1 + examples.length / (1 + (counts.get(word) ?? 0)));
}

/** Weighted words in common over weighted words of either. */
function likeness(
  one: ReadonlySet<string>,
  other: ReadonlySet<string>,
  weight: (word: string) => number,
): number {
  const sum = (words: Iterable<string>) =>
    [...words].reduce((total, word) => total + weight(word), 0);
  const all = sum(new Set([...one, ...other]));
  return all === 0 ? 0 : sum([...one].filter((word) => other.has(word))) / all;
}

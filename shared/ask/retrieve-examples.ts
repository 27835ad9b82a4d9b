/** Finds the verified examples most like a question, and carries its values into their SQL where that is certain. */
import { type Adapted, adaptSql, type ValuePair } from "./adapt-sql.ts";
import { type Alignment, alignQuestions } from "./align-questions.ts";
import { maskUnits, type Unit } from "./masked.ts";
import type { Now, VerifiedExample } from "./ports.ts";
import { contentUnits } from "./question-words.ts";
import type { SchemaIndex } from "./schema-index.ts";

export interface RetrievedExample {
  readonly example: VerifiedExample;
  /** 0 … 1: words with synonyms, and three-letter pieces, values masked on both sides. What else is taught has no part in it. */
  readonly similarity: number;
  /** Each value of the example's question (or its slot) and what stands in its place. */
  readonly valueMapping: readonly { readonly from: string; readonly to: string }[];
  /** Every content word and value of both questions has its counterpart. */
  readonly complete: boolean;
  /** What either question says besides: its words and values without a counterpart in the other. */
  readonly unpaired: readonly Unit[];
  /** The example's SQL for the new values; null where types or numbers of values do not agree. */
  readonly adapted: Adapted | null;
}

interface Prepared {
  readonly example: VerifiedExample;
  readonly units: readonly Unit[];
  readonly pieces: ReadonlyMap<string, number>;
}

interface Shelf {
  readonly now: number | undefined;
  readonly examples: readonly Prepared[];
  /** The last question and how all examples compare with it: one call of the engine asks for them more than once. */
  last: { readonly question: string; readonly compared: readonly Compared[] } | null;
}

interface Compared {
  readonly one: Prepared;
  readonly alignment: Alignment;
  readonly similarity: number;
}

const shelves = new WeakMap<readonly VerifiedExample[], WeakMap<SchemaIndex, Shelf>>();
const wordShare = 0.75;

/**
 * The most like first, at most `limit`. Pure; what is derived from the examples is kept as long as their array is.
 * @param now makes dates readable; without it only days in ISO form are.
 */
export function retrieveExamples(
  question: string,
  examples: readonly VerifiedExample[],
  index: SchemaIndex,
  limit: number,
  now?: Now,
): readonly RetrievedExample[] {
  if (examples.length === 0) return [];
  const shelf = shelfOf(examples, index, now);
  const asked = contentUnits(maskUnits(question, index, now));
  if (shelf.last?.question !== question)
    shelf.last = { question, compared: compareAll(shelf, asked, index) };
  return shelf.last.compared
    .slice(0, limit)
    .map(({ one, alignment, similarity }) => toRetrieved(one, asked, alignment, similarity));
}

/** The most like first. */
function compareAll(
  { examples }: Shelf,
  asked: readonly Unit[],
  index: SchemaIndex,
): readonly Compared[] {
  const pieces = lettersOf(asked);
  return examples
    .map((one) => {
      const alignment = alignQuestions(one.units, asked, index);
      const words = wordLikeness(one.units, asked, alignment);
      const similarity = wordShare * words + (1 - wordShare) * dice(one.pieces, pieces);
      return { one, alignment, similarity };
    })
    .sort((a, b) => b.similarity - a.similarity || order(a.one.example, b.one.example));
}

/** Equal ones always come in the same order, whatever order they were read in. */
const order = (a: VerifiedExample, b: VerifiedExample): number =>
  a.exampleId < b.exampleId ? -1 : 1;

function toRetrieved(
  { example, units }: Prepared,
  asked: readonly Unit[],
  { pairs, complete }: Alignment,
  similarity: number,
): RetrievedExample {
  const values = units.flatMap((known, at): ValuePair[] => {
    const other = asked[pairs.get(at)?.to ?? -1];
    return known.kind === "hole" && other?.kind === "hole" ? [{ known, asked: other }] : [];
  });
  const paired = new Set([...pairs.values()].map(({ to }) => to));
  const holes = (side: readonly Unit[]) => side.filter((unit) => unit.kind === "hole").length;
  const agree = values.length === holes(units) && values.length === holes(asked);
  return {
    example,
    similarity: Math.round(1_000 * similarity) / 1_000,
    valueMapping: values.map(({ known, asked: { text } }) => ({ from: known.text, to: text })),
    complete,
    unpaired: [
      ...units.filter((_, at) => !pairs.has(at)),
      ...asked.filter((_, at) => !paired.has(at)),
    ],
    adapted: agree ? adaptSql(example, values) : null,
  };
}

function shelfOf(
  examples: readonly VerifiedExample[],
  index: SchemaIndex,
  now: Now | undefined,
): Shelf {
  const known = shelves.get(examples)?.get(index);
  // What "last week" means in an example's question moves with the clock.
  if (known?.now === now?.at && known !== undefined) return known;
  const prepared = examples.map((example): Prepared => {
    const units = contentUnits(maskUnits(example.question, index, now));
    return { example, units, pieces: lettersOf(units) };
  });
  const shelf: Shelf = { now: now?.at, examples: prepared, last: null };
  const byIndex = shelves.get(examples) ?? new WeakMap<SchemaIndex, Shelf>();
  shelves.set(examples, byIndex.set(index, shelf));
  return shelf;
}

const keyOf = (unit: Unit): string => (unit.kind === "word" ? unit.stem : `<${unit.type}>`);

/**
 * Of the words and values of both questions, the share that has a counterpart. Each counts the same: weighed by how rare
 * they are among the examples they found the right one less often (docs/examples.md), and each new example would have
 * changed how like all others are.
 */
function wordLikeness(
  known: readonly Unit[],
  asked: readonly Unit[],
  { pairs }: Alignment,
): number {
  let shared = 0;
  for (const { credit } of pairs.values()) shared += 2 * credit;
  const all = known.length + asked.length;
  return all === 0 ? 0 : shared / all;
}

function lettersOf(units: readonly Unit[]): ReadonlyMap<string, number> {
  const text = ` ${units.map(keyOf).join(" ")} `;
  const pieces = new Map<string, number>();
  for (let at = 0; at + 3 <= text.length; at += 1) {
    const piece = text.slice(at, at + 3);
    pieces.set(piece, (pieces.get(piece) ?? 0) + 1);
  }
  return pieces;
}

/** Dice's coefficient over bags. */
function dice(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  let shared = 0;
  let all = 0;
  for (const [piece, count] of one) {
    shared += Math.min(count, other.get(piece) ?? 0);
    all += count;
  }
  for (const count of other.values()) all += count;
  return all === 0 ? 0 : (2 * shared) / all;
}

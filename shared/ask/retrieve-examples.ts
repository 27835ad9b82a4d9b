/** Finds the verified examples most like a question, and carries its values into their SQL where that is certain. */
import { type Adapted, adaptSql, type ValuePair } from "./adapt-sql.ts";
import { compareQuestions, type QuestionsCompared, type Worded, wordsOf } from "./likeness.ts";
import type { Unit } from "./masked.ts";
import type { Now, VerifiedExample } from "./ports.ts";
import type { SchemaIndex } from "./schema-index.ts";

export interface RetrievedExample {
  readonly example: VerifiedExample;
  /** 0 … 1: words with synonyms, and three-letter pieces, values masked on both sides. What else is taught has no part in it. */
  readonly similarity: number;
  /** 0 … 1: the chance that both ask the same; see likeness.ts. */
  readonly likeness: number;
  /** Each value of the example's question (or its slot) and what stands in its place. */
  readonly valueMapping: readonly { readonly from: string; readonly to: string }[];
  /** Every content word and value of both questions has its counterpart. */
  readonly complete: boolean;
  /** What either question says besides: its words and values without a counterpart in the other. */
  readonly unpaired: readonly Unit[];
  /** The example's SQL for the new values; null where types or numbers of values do not agree. */
  readonly adapted: Adapted | null;
}

interface Prepared extends Worded {
  readonly example: VerifiedExample;
}

interface Shelf {
  readonly now: number | undefined;
  readonly examples: readonly Prepared[];
  /** The last question and how all examples compare with it: one call of the engine asks for them more than once. */
  last: Comparison | null;
}

interface Comparison {
  readonly question: string;
  readonly asked: Worded;
  readonly compared: readonly Compared[];
}

interface Compared extends QuestionsCompared {
  readonly one: Prepared;
}

const shelves = new WeakMap<readonly VerifiedExample[], WeakMap<SchemaIndex, Shelf>>();

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
  if (shelf.last?.question !== question) {
    const asked = wordsOf(question, index, now);
    shelf.last = { question, asked, compared: compareAll(shelf, asked, index) };
  }
  const { asked, compared } = shelf.last;
  return compared.slice(0, limit).map((one) => toRetrieved(one, asked.units));
}

/** The most like first. */
function compareAll({ examples }: Shelf, asked: Worded, index: SchemaIndex): readonly Compared[] {
  return examples
    .map((one) => ({ one, ...compareQuestions(one, asked, index) }))
    .sort((a, b) => b.likeness - a.likeness || order(a.one.example, b.one.example));
}

/** Equal ones always come in the same order, whatever order they were read in. */
const order = (a: VerifiedExample, b: VerifiedExample): number =>
  a.exampleId < b.exampleId ? -1 : 1;

function toRetrieved(
  { one: { example, units }, alignment: { pairs, complete }, ...alike }: Compared,
  asked: readonly Unit[],
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
    similarity: rounded(alike.similarity),
    likeness: rounded(alike.likeness),
    valueMapping: values.map(({ known, asked: { text } }) => ({ from: known.text, to: text })),
    complete,
    unpaired: [
      ...units.filter((_, at) => !pairs.has(at)),
      ...asked.filter((_, at) => !paired.has(at)),
    ],
    adapted: agree ? adaptSql(example, values) : null,
  };
}

const rounded = (share: number): number => Math.round(1_000 * share) / 1_000;

function shelfOf(
  examples: readonly VerifiedExample[],
  index: SchemaIndex,
  now: Now | undefined,
): Shelf {
  const known = shelves.get(examples)?.get(index);
  // What "last week" means in an example's question moves with the clock.
  if (known?.now === now?.at && known !== undefined) return known;
  const prepared = examples.map(
    (example): Prepared => ({ example, ...wordsOf(example.question, index, now) }),
  );
  const shelf: Shelf = { now: now?.at, examples: prepared, last: null };
  const byIndex = shelves.get(examples) ?? new WeakMap<SchemaIndex, Shelf>();
  shelves.set(examples, byIndex.set(index, shelf));
  return shelf;
}

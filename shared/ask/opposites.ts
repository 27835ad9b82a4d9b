/** Questions that say the opposite of each other in nearly the same words: highest and lowest, with and without. */
import { tokenise } from "./tokens.ts";

/** Two ends of one thing; who says but one of them means that one. */
const ENDS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(highest|most|largest|biggest|greatest|maximum|maximal|max|top|best)$/,
    /^(lowest|least|smallest|fewest|minimum|minimal|min|bottom|worst|cheapest)$/,
  ],
  [
    /^(more|greater|above|over|higher|larger|bigger|exceed(s|ed|ing)?|>|>=)$/,
    /^(less|fewer|below|under|lower|smaller|<|<=)$/,
  ],
  [/^(after|later|since)$/, /^(before|earlier|until|prior)$/],
  [/^(latest|newest|recent)$/, /^(earliest|oldest)$/],
  [/^oldest$/, /^youngest$/],
  [/^older$/, /^younger$/],
  [/^(longest|longer)$/, /^(shortest|shorter)$/],
  [/^(ascending|increasing|upwards)$/, /^(descending|decreasing|downwards)$/],
];
/** The tokeniser writes `don't` as two words. */
const NEGATION =
  /\b(not|no|never|without|except|excluding|neither|nor|none|nobody|lack(s|ing)?|cannot|other than|apart from)\b/;

/** What of each pair a question says, and whether it denies something. */
export interface Stance {
  readonly ends: readonly (readonly [boolean, boolean])[];
  readonly denies: boolean;
}

export function stanceOf(question: string): Stance {
  const words = tokenise(question).map(({ lower }) => lower);
  const says = (test: RegExp): boolean => words.some((word) => test.test(word));
  return {
    ends: ENDS.map(([up, down]) => [says(up), says(down)]),
    denies: NEGATION.test(words.join(" ")),
  };
}

/** One says one end of something and the other only the other, or but one of them denies. */
export function areOpposed(one: Stance, other: Stance): boolean {
  const apart = one.ends.some(([up, down], at) => {
    const [otherUp = false, otherDown = false] = other.ends[at] ?? [];
    return (up && !down && !otherUp && otherDown) || (!up && down && otherUp && !otherDown);
  });
  return apart || one.denies !== other.denies;
}

/** Links words of a question to what a schema calls so: exactly, by word root, by opposite, or across one misspelling. */
import { opposites } from "./lexicon.ts";
import type { Candidate, SchemaIndex } from "./schema-index.ts";
import { root, stem } from "./stem.ts";
import type { Token } from "./tokens.ts";

export interface Link {
  readonly candidates: readonly Candidate[];
  /** How many tokens it covers. */
  readonly length: number;
  readonly negated: boolean;
}

const longestPhrase = 6;
const longWord = 5;

/** The longest phrase that starts here and names something. */
export function linkAt(tokens: readonly Token[], at: number, index: SchemaIndex): Link | undefined {
  for (let length = Math.min(longestPhrase, tokens.length - at); length >= 1; length -= 1) {
    const span = tokens.slice(at, at + length);
    if (
      span.some(
        (token) => token.kind === "symbol" || token.kind === "quoted" || token.kind === "date",
      )
    ) {
      continue;
    }
    if (length === 1 && span[0]?.kind === "number") {
      return undefined;
    }
    const candidates = lookUp(
      span.map((token) => token.stem),
      index,
    );
    // `unassigned` in a comment says less than `un` before `assigned`.
    const opposite =
      length === 1 && (candidates[0]?.quality ?? 0) < 0.7
        ? linkOpposite(tokens[at], index)
        : undefined;
    if (opposite !== undefined) {
      return opposite;
    }
    if (candidates.length > 0) {
      return { candidates, length, negated: false };
    }
  }
  return linkMisspelt(tokens[at], index);
}

/** Candidates for a phrase of stems, best first. */
export function lookUp(stems: readonly string[], index: SchemaIndex): readonly Candidate[] {
  return index.phrases.get(stems.join(" ")) ?? index.roots.get(stems.map(root).join(" ")) ?? [];
}

/** Candidates for a value given in quotation marks: whatever stores it, wherever that is. */
export function lookUpValue(
  text: string,
  stems: readonly string[],
  index: SchemaIndex,
): readonly Candidate[] {
  const values = (index.phrases.get(stems.join(" ")) ?? []).filter(
    (one) => one.target.kind === "value",
  );
  const exact = values.filter(
    (one) => one.target.kind === "value" && one.target.value.toLowerCase() === text.toLowerCase(),
  );
  return exact.length > 0 ? exact : values;
}

function linkOpposite(token: Token | undefined, index: SchemaIndex): Link | undefined {
  if (token?.kind !== "word") {
    return undefined;
  }
  const bare = opposites.get(token.lower) ?? /^(?:un|non|dis|in)(.{4,})$/.exec(token.lower)?.[1];
  const candidates =
    bare === undefined ? [] : lookUp([stem(bare)], index).filter((one) => one.quality > 0.7);
  return candidates.length === 0 ? undefined : { candidates, length: 1, negated: true };
}

function linkMisspelt(token: Token | undefined, index: SchemaIndex): Link | undefined {
  if (token?.kind !== "word" || token.stem.length < longWord) {
    return undefined;
  }
  const near = index.vocabulary.filter((word) => isOneEditApart(token.stem, word));
  const candidates = near.length === 1 ? (index.phrases.get(near[0] ?? "") ?? []) : [];
  return candidates.length === 0
    ? undefined
    : {
        candidates: candidates.map((one) => ({ ...one, quality: one.quality * 0.8 })),
        length: 1,
        negated: false,
      };
}

/** One letter added, left out, replaced, or two neighbours swapped; the first letter must agree. */
export function isOneEditApart(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1 || left === right || left[0] !== right[0]) {
    return false;
  }
  let at = 0;
  while (at < left.length && left[at] === right[at]) {
    at += 1;
  }
  const rests = [
    [left.slice(at + 1), right.slice(at + 1)],
    [left.slice(at + 1), right.slice(at)],
    [left.slice(at), right.slice(at + 1)],
  ];
  const swapped =
    left[at] === right[at + 1] &&
    left[at + 1] === right[at] &&
    left.slice(at + 2) === right.slice(at + 2);
  return swapped || rests.some(([one, other]) => one === other);
}

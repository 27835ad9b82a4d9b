/**
 * Which words mean the same or nearly so: groups of synonyms and the kinds they belong to (made from WordNet), and words
 * that are listed with each other (made from the Moby thesaurus): of those that meet a name in a schema, half mean it.
 */
import { synonymGroups } from "../lexicon.ts";
import { readNearWords } from "./near-words.ts";
import { vocabularyForm } from "./words.ts";

export type Kinship = "synonym" | "related" | "near" | "none";

export interface Thesaurus {
  /** Both words as `vocabularyForm` gives them. */
  kinship(left: string, right: string): Kinship;
}

/**
 * @param text One group a line: `word word;parent parent`, parents as line numbers in base 36.
 * @param near As `readNearWords` takes it.
 */
export function readThesaurus(text: string, near: string): Thesaurus {
  const groupsOf = new Map<string, Set<number>>();
  const parents: (readonly number[])[] = [];
  const join = (word: string, group: number): void => {
    const known = groupsOf.get(word);
    if (known === undefined) {
      groupsOf.set(word, new Set([group]));
    } else {
      known.add(group);
    }
  };
  for (const line of text.split("\n")) {
    const [words = "", above = ""] = line.split(";");
    for (const word of words.split(" ")) {
      join(word, parents.length);
    }
    parents.push(above === "" ? [] : above.split(" ").map((one) => Number.parseInt(one, 36)));
  }
  for (const phrases of synonymGroups) {
    for (const phrase of phrases.filter((one) => !one.includes(" "))) {
      join(vocabularyForm(phrase), parents.length);
    }
    parents.push([]);
  }
  const nearWords = readNearWords(near);
  return {
    kinship: (left, right) => {
      const known = kinshipOf(groupsOf.get(left), groupsOf.get(right), parents);
      return known === "none" && nearWords.areNear(left, right) ? "near" : known;
    },
  };
}

function kinshipOf(
  left: ReadonlySet<number> | undefined,
  right: ReadonlySet<number> | undefined,
  parents: readonly (readonly number[])[],
): Exclude<Kinship, "near"> {
  if (left === undefined || right === undefined) {
    return "none";
  }
  for (const group of left) {
    if (right.has(group)) {
      return "synonym";
    }
  }
  return isKindOf(left, right, parents) || isKindOf(right, left, parents) ? "related" : "none";
}

function isKindOf(
  below: ReadonlySet<number>,
  above: ReadonlySet<number>,
  parents: readonly (readonly number[])[],
): boolean {
  for (const group of below) {
    if (parents[group]?.some((one) => above.has(one)) === true) {
      return true;
    }
  }
  return false;
}

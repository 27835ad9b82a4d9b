/** How the words of two questions compare: which say nothing, which bind to the next, and which mean the same here. */
import { synonymGroups } from "./lexicon.ts";
import { lookUp } from "./link.ts";
import type { Unit, Word } from "./masked.ts";
import type { Candidate, SchemaIndex } from "./schema-index.ts";
import { stem } from "./stem.ts";

/** Words that may come or go without changing what is asked. Prepositions of direction and every quantifier but `all` are none. */
const freeWords: ReadonlySet<string> = new Set(
  `a an the please me us we i you our my your do does did is are was were be been being am has have had there it
  show list give get find display return tell see view want need would could can should will fetch present
  of in on at for which what that these those so also just now currently all`.split(/\s+/),
);

/** Words that bind to what follows: `with orders` and `without orders` differ by where they stand. */
const bindingWords: ReadonlySet<string> = new Set(
  `by per each every with without not no never only before after since until between from to into and or than except
  excluding including first last top bottom most least highest lowest largest smallest average total minimum maximum
  distinct unique more less fewer over under above below #count #more #less #least #most > < >= <= = - + %`.split(
    /\s+/,
  ),
);

/** Words that leave out rows, or take in more, wherever they stand. */
const restrictingWords: ReadonlySet<string> = new Set(
  "without not no never only except excluding including besides distinct unique different".split(
    " ",
  ),
);

const superlative =
  /^(top|bottom|first|last|most|least|best|worst|latest|highest|lowest|largest|smallest|\w{3,}est)$/;

/** Phrases that are one thing to say; the longest first. */
const phrases: readonly (readonly [readonly string[], string])[] = (
  [
    ["how many", "#count"],
    ["number of", "#count"],
    ["count of", "#count"],
    ["count", "#count"],
    ["more than", "#more"],
    ["greater than", "#more"],
    ["larger than", "#more"],
    ["above", "#more"],
    ["less than", "#less"],
    ["fewer than", "#less"],
    ["smaller than", "#less"],
    ["below", "#less"],
    ["at least", "#least"],
    ["at most", "#most"],
    ["with no", "without"],
    ["prior to", "before"],
    ["for each", "by"],
    ["for every", "by"],
    ["per", "by"],
    ["mean", "average"],
    ["avg", "average"],
  ] as const
).map(([said, meant]) => [said.split(" "), meant] as const);

const synonymsOf: ReadonlyMap<string, ReadonlySet<number>> = indexGroups();

/** The units that count, with phrases that mean one thing put as one. */
export function contentUnits(units: readonly Unit[]): readonly Unit[] {
  const kept: Unit[] = [];
  for (let at = 0; at < units.length; ) {
    const phrase =
      comparisonAt(units, at) ??
      phrases.find(([said]) => said.every((word, i) => textAt(units, at + i) === word));
    if (phrase !== undefined) {
      const [said, text] = phrase;
      kept.push({ kind: "word", text, stem: text });
      at += said.length;
      continue;
    }
    const unit = units[at] as Unit;
    if (unit.kind === "hole" || !freeWords.has(unit.text)) kept.push(unit);
    at += 1;
  }
  return kept;
}

/** `over 500` compares; `over the last week` does not. */
function comparisonAt(
  units: readonly Unit[],
  at: number,
): readonly [readonly string[], string] | undefined {
  const next = units[at + 1];
  if (next?.kind !== "hole" || next.type !== "number") return undefined;
  const word = textAt(units, at);
  if (word === "over") return [[word], "#more"];
  return word === "under" ? [[word], "#less"] : undefined;
}

export const isBinding = (unit: Unit | undefined): boolean =>
  unit?.kind === "word" && bindingWords.has(unit.text);

export const isRestricting = (unit: Unit): boolean =>
  unit.kind === "word" && restrictingWords.has(unit.text);

export const isSuperlative = (unit: Unit): boolean =>
  unit.kind === "word" && superlative.test(unit.text);

/** 0 … 1: how surely the two words mean the same in this schema; 0 for not at all. */
export function sameWord(left: Word, right: Word, index: SchemaIndex): number {
  if (left.text === right.text) return 1;
  if (isBinding(left) || isBinding(right)) return 0;
  if (left.stem === right.stem) return 0.99;
  // Two words for two things of this schema are no synonyms here, whatever they are elsewhere.
  const [one, other] = [named(left, index, 0.75), named(right, index, 0.75)];
  if (one.size > 0 && other.size > 0 && !overlap(one, other)) return 0;
  if (overlap(synonymsOf.get(left.stem) ?? none, synonymsOf.get(right.stem) ?? none)) return 0.9;
  return overlap(named(left, index, 0.85), named(right, index, 0.85)) ? 0.85 : 0;
}

/** True for a word that names a table. */
export const namesTable = (unit: Unit, index: SchemaIndex): boolean =>
  namesTarget("table", unit, index);

/** True for a word that names a column. */
export const namesColumn = (unit: Unit, index: SchemaIndex): boolean =>
  namesTarget("column", unit, index);

function namesTarget(kind: Candidate["target"]["kind"], unit: Unit, index: SchemaIndex): boolean {
  return (
    unit.kind === "word" &&
    lookUp([unit.stem], index).some(({ target, quality }) => target.kind === kind && quality >= 0.9)
  );
}

const none: ReadonlySet<number> = new Set();

/** What words name, kept for each schema: a question is laid beside every example of its source. */
const names = new WeakMap<SchemaIndex, Map<string, ReadonlySet<Candidate["target"]>>>();
const mostNames = 20_000;

/** What the word names best, where it names something as well as this. */
function named(word: Word, index: SchemaIndex, least: number): ReadonlySet<Candidate["target"]> {
  const known = names.get(index) ?? new Map<string, ReadonlySet<Candidate["target"]>>();
  names.set(index, known);
  const key = `${least} ${word.stem}`;
  const found = known.get(key) ?? readNames(word, index, least);
  // Words of questions have no end: what is kept of them has.
  if (known.size >= mostNames) known.clear();
  known.set(key, found);
  return found;
}

function readNames(word: Word, index: SchemaIndex, least: number) {
  const candidates = index.phrases.get(word.stem) ?? [];
  const best = candidates[0]?.quality ?? 0;
  const close = candidates.filter((one) => best >= least && one.quality >= best - 0.1);
  return new Set(close.map(({ target }) => target));
}

function overlap<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  for (const item of one) if (other.has(item)) return true;
  return false;
}

const textAt = (units: readonly Unit[], at: number): string | undefined => {
  const unit = units[at];
  return unit?.kind === "word" ? unit.text : undefined;
};

/** Groups of single words; one of several words is for the schema's own phrases. */
function indexGroups(): ReadonlyMap<string, ReadonlySet<number>> {
  const index = new Map<string, Set<number>>();
  synonymGroups.forEach((group, at) => {
    for (const word of group.filter((one) => !one.includes(" ")))
      index.set(stem(word), (index.get(stem(word)) ?? new Set()).add(at));
  });
  return index;
}

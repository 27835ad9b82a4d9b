/** Lays one question beside another: which word and value answers to which, and whether nothing is left over. */
import type { Hole, Unit } from "./masked.ts";
import { isBinding, isSuperlative, namesTable, sameWord } from "./question-words.ts";
import type { SchemaIndex } from "./schema-index.ts";

export interface Alignment {
  /** Positions in the one question → positions in the other, with how well they agree. */
  readonly pairs: ReadonlyMap<number, { readonly to: number; readonly credit: number }>;
  /** Every word and value of both has its counterpart, in the same relation to its neighbours. */
  readonly complete: boolean;
}

type Pairs = Map<number, { to: number; credit: number }>;

/** Both sides hold only units that count (`contentUnits`). */
export function alignQuestions(
  known: readonly Unit[],
  asked: readonly Unit[],
  index: SchemaIndex,
): Alignment {
  const pairs: Pairs = new Map();
  const taken = new Set<number>();
  pairWords(known, asked, index, pairs, taken);
  pairHoles(known, asked, pairs, taken);
  const whole = pairs.size === known.length && pairs.size === asked.length;
  return { pairs, complete: whole && sameRelations(known, asked, pairs, index) };
}

/** The best agreement first, so that a synonym never takes the place of the word itself. */
function pairWords(
  known: readonly Unit[],
  asked: readonly Unit[],
  index: SchemaIndex,
  pairs: Pairs,
  taken: Set<number>,
): void {
  const found: { from: number; to: number; credit: number }[] = [];
  known.forEach((left, from) => {
    asked.forEach((right, to) => {
      const credit =
        left.kind === "word" && right.kind === "word" ? sameWord(left, right, index) : 0;
      if (credit > 0) found.push({ from, to, credit });
    });
  });
  const away = (one: { from: number; to: number }) => Math.abs(one.from - one.to);
  for (const { from, to, credit } of found.sort(
    (a, b) => b.credit - a.credit || away(a) - away(b) || a.from - b.from,
  )) {
    if (pairs.has(from) || taken.has(to)) continue;
    pairs.set(from, { to, credit });
    taken.add(to);
  }
}

/** Values of one kind answer to each other in the order they stand in; stored ones within their column. */
function pairHoles(
  known: readonly Unit[],
  asked: readonly Unit[],
  pairs: Pairs,
  taken: Set<number>,
): void {
  known.forEach((left, from) => {
    if (left.kind !== "hole") return;
    const to = asked.findIndex(
      (right, at) => right.kind === "hole" && !taken.has(at) && sameSort(left, right),
    );
    if (to < 0) return;
    pairs.set(from, { to, credit: 1 });
    taken.add(to);
  });
}

const nowhere: ReadonlySet<string> = new Set();

function sameSort(known: Hole, asked: Hole): boolean {
  if (known.type !== asked.type) return false;
  if (known.type !== "value" || known.slot !== undefined) return true;
  const [one, other] = [known.columns ?? nowhere, asked.columns ?? nowhere];
  // A value in quotes that the source does not list may stand for any other such.
  return one.size === 0 || other.size === 0
    ? one.size === other.size
    : [...one].some((column) => other.has(column));
}

/**
 * The same words in another order may ask something else: what binds (`without`, `by`, `top`) must bind the same, tables
 * must come in the same order, and of two values of a sort each must keep a neighbour.
 */
function sameRelations(
  known: readonly Unit[],
  asked: readonly Unit[],
  pairs: Pairs,
  index: SchemaIndex,
): boolean {
  const counterpart = (at: number) => pairs.get(at)?.to ?? -1;
  const follows = (from: number) =>
    from + 1 === known.length
      ? counterpart(from) + 1 === asked.length
      : counterpart(from + 1) === counterpart(from) + 1;
  const precedes = (from: number) =>
    from === 0 ? counterpart(0) === 0 : counterpart(from - 1) === counterpart(from) - 1;
  const ranked = known.some(isSuperlative);
  let lastTable = -1;
  for (const [from, unit] of known.entries()) {
    if (isBinding(unit) && !follows(from)) return false;
    const to = counterpart(from);
    if (namesTable(unit, index)) {
      if (to < lastTable) return false;
      lastTable = to;
    }
    const other = asked[to];
    if (
      ranked &&
      unit.kind === "word" &&
      other?.kind === "word" &&
      plural(unit.text) !== plural(other.text)
    )
      return false;
    if (unit.kind === "hole" && hasTwin(known, from) && !precedes(from) && !follows(from))
      return false;
  }
  return true;
}

const plural = (word: string): boolean => /[^su]s$/.test(word) || word === "people";

function hasTwin(units: readonly Unit[], at: number): boolean {
  const own = units[at];
  return (
    own?.kind === "hole" &&
    units.some((one, i) => i !== at && one.kind === "hole" && sameSort(own, one))
  );
}

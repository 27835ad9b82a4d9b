/** What a question says of a number: the way it is compared, that it is a year, a number of rows or of something else. */
import type { Token } from "../tokens.ts";
import { type Asked, type Comparison, type SaidOfValue, textOf } from "./asked.ts";
import type { ValueCandidate } from "./candidates.ts";
import { match } from "./relations.ts";
import type { GrammarWord } from "./vocabulary.ts";
import { isReversed, isWhen } from "./when-columns.ts";

export const MORE = "more|greater|larger|higher|longer|older|taller|bigger|heavier";
export const LESS = "less|fewer|lower|smaller|shorter|younger|cheaper|lighter";

const superlative =
  /^(most (?!recently)|least |fewest |(?!(for|inter|con|r|t|w|qu|gu|requ|harv|inv|sugg)est )[a-z]{2,}est )/;
const LOOK_BACK = 5;
const LOOK_AHEAD = 3;

export function saidOfNumber(own: ValueCandidate, asked: Asked): SaidOfValue | undefined {
  const { tokens } = asked;
  if (isSaidAgain(own, tokens)) {
    return undefined;
  }
  const before = textOf(tokens.slice(Math.max(0, own.start - LOOK_BACK), own.start));
  const after = textOf(tokens.slice(own.end, own.end + LOOK_AHEAD));
  const isBoth = tokens[own.start]?.lower === "both";
  if (isBoth || /\btop $/.test(before) || superlative.test(after)) {
    return { mayCompare: () => false, mayLimit: !isBoth };
  }
  const way = wayOf(before, after);
  const year = isYear(own.start, tokens);
  const counted = numberOf(own, asked);
  return {
    mayCompare: (comparison) =>
      isWay(way, comparison, asked) &&
      !(year && missesYear(comparison, asked)) &&
      !(comparison.isCount && isOf(counted, comparison, asked)),
    mayLimit: way === undefined && !year,
  };
}

/** One candidate stands for all places where a number is said; they may say different things of it. */
function isSaidAgain({ text }: ValueCandidate, tokens: readonly Token[]): boolean {
  return tokens.filter(({ value }) => value !== undefined && String(value) === text).length > 1;
}

/** How it is compared. */
interface Way {
  readonly operators: readonly GrammarWord[];
  /** Not in time: where the first is the highest, "higher" may be either way. */
  readonly bySize: boolean;
}

const UP: readonly GrammarWord[] = [">", ">="];
const DOWN: readonly GrammarWord[] = ["<", "<="];
const BETWEEN: readonly GrammarWord[] = ["between", "notbetween"];

const asksUp = new RegExp(
  `\\b((${MORE}) than (or equal to )?|above |over |exceed(s|ed|ing)? |at least )$`,
);
const asksDown = new RegExp(`\\b((${LESS}) than (or equal to )?|below |under |at most )$`);
const orMore = new RegExp(`^or (${MORE}|above|over) (?!than)(?!.?\\d)`);
const orLess = new RegExp(`^or (${LESS}|below|under) (?!than)(?!.?\\d)`);
const negated = /\b(not|no|never|nor|cannot|without)\b|n't\b/;

/** Undefined where it is left open. What is denied may be the other way round. */
function wayOf(before: string, after: string): Way | undefined {
  if (negated.test(before)) {
    return undefined;
  }
  const ways: readonly (readonly [boolean, Way])[] = [
    [/\bafter $/.test(before), { operators: UP, bySize: false }],
    [/\bbefore $/.test(before), { operators: DOWN, bySize: false }],
    [
      /\bbetween $/.test(before) && /^(and|to) \S*\d/.test(after),
      { operators: [...UP, ...BETWEEN], bySize: true },
    ],
    [
      /\bbetween \S*\d\S* (and|to) $/.test(before),
      { operators: [...DOWN, ...BETWEEN], bySize: true },
    ],
    [asksUp.test(before) || orMore.test(after), { operators: UP, bySize: true }],
    [asksDown.test(before) || orLess.test(after), { operators: DOWN, bySize: true }],
  ];
  return ways.find(([is]) => is)?.[1];
}

function isWay(way: Way | undefined, { operator, column }: Comparison, { graph }: Asked): boolean {
  return (
    way === undefined ||
    way.operators.includes(operator) ||
    (way.bySize && column !== undefined && isReversed(graph.columns[column]))
  );
}

const saysYear = /^(in|since|before|after|during|until|years?)$/;
const goesOn = /^(and|or|to|until|through|,|-|–)$/;

/** "in 2010 and 2011", "the year of 1999": nothing but a date is meant. */
function isYear(at: number, tokens: readonly Token[]): boolean {
  const word = (back: number): string => tokens[at - back]?.lower ?? "";
  const token = tokens[at];
  return (
    token?.kind === "number" &&
    /^(1[89]|20)\d\d$/.test(token.lower) &&
    (saysYear.test(word(1)) ||
      (word(1) === "of" && /^years?$/.test(word(2))) ||
      (goesOn.test(word(1)) && isYear(at - 2, tokens)))
  );
}

/** Whether it is compared with what says no time, though a table of the query says some. */
function missesYear({ column, tables }: Comparison, { graph }: Asked): boolean {
  return (
    column !== undefined &&
    !isWhen(graph.columns[column]) &&
    tables.some((table) => graph.tables[table]?.columns.some((at) => isWhen(graph.columns[at])))
  );
}

/** Columns that the next words say it is a number of: "more than 2 bathrooms", where there is a `bathroom_count`. */
function numberOf({ end }: ValueCandidate, { graph, links }: Asked): readonly number[] {
  const isTable = links.tables.some((strengths) => (strengths[end] ?? -1) >= match.root);
  return graph.columns.flatMap(({ kind, primaryKey, foreignKey, words }, at) => {
    const isNumber = kind === "number" && !primaryKey && !foreignKey && words.at(-1) !== "id";
    const isSaid =
      links.columnShares[at]?.whole === true && links.columns[at]?.[end] === match.whole;
    return isNumber && isSaid && !isTable ? [at] : [];
  });
}

function isOf(counted: readonly number[], { tables }: Comparison, { graph }: Asked): boolean {
  return counted.some((at) => tables.includes(graph.columns[at]?.table ?? -1));
}

/** What a question says of a number: the way it is compared, that it is a year, a number of rows or of something else. */
import type { Token } from "../tokens.ts";
import { type Asked, type Comparison, inSmallLetters, type SaidOfValue } from "./asked.ts";
import { numberSaid, type ValueCandidate } from "./candidates.ts";
import { match } from "./relations.ts";
import type { GrammarWord } from "./vocabulary.ts";
import { isReversed, whenColumns } from "./when-columns.ts";

export const MORE = "more|greater|larger|higher|longer|older|taller|bigger|heavier";
export const LESS = "less|fewer|lower|smaller|shorter|younger|cheaper|lighter";

const LOOK_AHEAD = 3;

export function saidOfNumber(own: ValueCandidate, asked: Asked): SaidOfValue | undefined {
  const { tokens } = asked;
  if (isSaidAgain(own, tokens)) {
    return undefined;
  }
  const before = inSmallLetters(tokens.slice(0, own.start));
  const after = inSmallLetters(tokens.slice(own.end, own.end + LOOK_AHEAD));
  const isBoth = tokens[own.start]?.lower === "both";
  const year = isYear(own.start, tokens);
  if (isBoth || (!year && isWanted(before, after))) {
    return { agrees: () => false, mayLimit: !isBoth };
  }
  const way = wayOf(before, after, year);
  const counted = numberOf(own, asked);
  return {
    agrees: (comparison) =>
      isWay(way, comparison, asked) &&
      !(year && missesYear(comparison, asked)) &&
      !(comparison.isCount && isOf(counted, comparison, asked)),
    mayLimit: !year && (way === undefined || way.operators === DOWN),
  };
}

/** One candidate stands for all places where a number is said; they may say different things of it. */
function isSaidAgain({ text }: ValueCandidate, tokens: readonly Token[]): boolean {
  return tokens.filter((token) => numberSaid(token) === text).length > 1;
}

const SUPERLATIVES =
  "least|fewest|best|worst|highest|lowest|largest|smallest|biggest|greatest|oldest|youngest|newest|latest|earliest|longest|shortest|tallest|deepest|widest|heaviest|lightest|cheapest|costliest|richest|poorest|fastest|slowest|busiest|strongest|weakest|nearest|closest|hottest|coldest|warmest|hardest|easiest|rarest";
const superlative = new RegExp(
  `^(most (?!(recently|often|frequently|commonly) )|(${SUPERLATIVES}) )`,
);
/** What goes before a number of rows; a name in its place says whose number it is: "customer 42". */
const leading =
  /(^|\b(the|these|those|our|their|its|show|list|find|give|return|display|get|name|me|us|are|were|with|of|for|by|and|among|[,:]) )$/;
/** A place, which something is in. */
const within =
  /\b(in|into|reached|made|within|inside|ranked|rated|placed|finished|finishing|among) (the )?top $/;

/** "the top 3", "3 cheapest": how many rows are asked for. */
function isWanted(before: string, after: string): boolean {
  return (
    (/\btop $/.test(before) && !within.test(before)) ||
    (superlative.test(after) && leading.test(before))
  );
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
const orMore = new RegExp(`^or ((${MORE}) (?!than)|(above|over) (?![\\p{L}\\p{N}]))`, "u");
const orLess = new RegExp(`^or ((${LESS}) (?!than)|(below|under) (?![\\p{L}\\p{N}]))`, "u");
const denied =
  /\b(not|no|never|nor|neither|cannot|without|except|exclud\w+|ignor\w+|fail\w*|unless|other than)\b|n't\b/;
/** How long, and not a size: "repaid over 36 months"; but "over 30 years old". */
const lasts = /^(second|minute|hour|day|week|month|quarter|year)s? (?!old)/;

/** Undefined where it is left open. What is denied may be the other way round. */
function wayOf(before: string, after: string, year: boolean): Way | undefined {
  if (denied.test(before) || (/\b(over|under) $/.test(before) && lasts.test(after))) {
    return undefined;
  }
  const isBoth = /\b(before|after) (and|or) (before|after) $/.test(before);
  const ways: readonly (readonly [boolean, Way])[] = [
    [year && !isBoth && /\bafter $/.test(before), { operators: UP, bySize: false }],
    [year && !isBoth && /\bbefore $/.test(before), { operators: DOWN, bySize: false }],
    [
      /\bbetween $/.test(before) && /^(and|to) \S*\d/.test(after),
      { operators: [...UP, ...BETWEEN], bySize: true },
    ],
    [/\bbetween [^ ]+ (and|to) $/.test(before), { operators: [...DOWN, ...BETWEEN], bySize: true }],
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
/** Of this there may be two thousand. */
const unit =
  /^(seconds?|minutes?|hours?|days?|weeks?|months?|km|kms|kilomet(er|re)s?|miles?|met(er|re)s?|kg|kilos?|tons?|pounds?|dollars?|euros?|usd|eur|units?|pieces?|items?|people|points?|stores?|orders?|calls?|times)$/;

/** "in 2010 and 2011", "the year of 1999": nothing but a date is meant. */
function isYear(at: number, tokens: readonly Token[]): boolean {
  const word = (back: number): string => tokens[at - back]?.lower ?? "";
  const token = tokens[at];
  return (
    token?.kind === "number" &&
    /^(1[89]|20)\d\d$/.test(token.lower) &&
    !unit.test(tokens[at + 1]?.lower ?? "") &&
    (saysYear.test(word(1)) ||
      (word(1) === "of" && /^years?$/.test(word(2))) ||
      (goesOn.test(word(1)) && isYear(at - 2, tokens)))
  );
}

/** Whether it is compared with what says no time, though a table of the query says some. */
function missesYear({ column, tables }: Comparison, { graph }: Asked): boolean {
  const when = whenColumns(graph);
  return (
    column !== undefined &&
    when[column] !== true &&
    tables.some((table) => graph.tables[table]?.columns.some((at) => when[at] === true))
  );
}

/**
 * Columns that the next words say it is a number of: "more than 2 bathrooms", where there is a `bathroom_count`. But "2
 * salaries" are rows where each has its `salary`.
 */
function numberOf({ end }: ValueCandidate, { graph, links, tokens }: Asked): readonly number[] {
  const isTable = links.tables.some((strengths) => (strengths[end] ?? -1) >= match.root);
  const said = tokens[end]?.lower ?? "";
  return graph.columns.flatMap(({ kind, primaryKey, foreignKey, words }, at) => {
    const isNumber = kind === "number" && !primaryKey && !foreignKey && words.at(-1) !== "id";
    const isAsSaid = words.some((one) => one === said || one === "count" || one === "number");
    const isSaid =
      links.columnShares[at]?.whole === true && links.columns[at]?.[end] === match.whole;
    return isNumber && isAsSaid && isSaid && !isTable ? [at] : [];
  });
}

function isOf(counted: readonly number[], { tables }: Comparison, { graph }: Asked): boolean {
  return counted.some((at) => tables.includes(graph.columns[at]?.table ?? -1));
}

/** What a question says outright, so that a program which does otherwise does not answer it. */
import type { Token } from "../tokens.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { GraphColumn, SchemaGraph } from "./graph.ts";
import type { Condition, Program } from "./program.ts";
import { conditionsOf, programsIn } from "./program-parts.ts";

interface Said {
  readonly tokens: readonly Token[];
  readonly candidates: readonly ValueCandidate[];
  readonly graph: SchemaGraph;
}

const UP = "more|greater|larger|higher|longer|older|taller|bigger|heavier";
const DOWN = "less|fewer|lower|smaller|shorter|younger|cheaper|lighter";
const asksUp = new RegExp(
  `\\b((${UP}) than|or (${UP})|(above|over|exceeds?|exceeding) (#|(the )?average))`,
);
const asksDown = new RegExp(`\\b((${DOWN}) than|or (${DOWN})|(below|under) (#|(the )?average))`);
/** What turns a comparison round, or limits it from the other side as well. */
const turned =
  /\b(not|no|never|without|except|neither|nor|cannot|most|least|maximum|minimum|up to|within|between)\b|n't/;
/** Of a name: here the first is the highest, and what is older began earlier. */
const REVERSED =
  /^(rank|ranking|position|place|priority|severity|birth|born|year|date|founded|opened|built|since)$/;

/** "between 3 and 5", "2 to 4": both ends count. */
const range = /\b(between|range of|(ranging |ranges? )?from) # (and|to) #|(^| )# to #/;

/** From one place to another, perhaps. */
const way = /\bfrom # to #/;

/**
 * Whether it is smaller where the question says "more than", or not from one number to the other where it says so. Of
 * 6,638 public questions none is answered so.
 */
export function doesOtherwise(program: Program, said: Said): boolean {
  const text = said.tokens.map(({ kind, lower }) => (kind === "number" ? "#" : lower)).join(" ");
  const conditions = programsIn(program).flatMap(conditionsOf);
  return looksTheOtherWay(conditions, text, said.graph) || leavesOpen(conditions, text, said);
}

function looksTheOtherWay(
  conditions: readonly Condition[],
  text: string,
  graph: SchemaGraph,
): boolean {
  const up = asksUp.test(text);
  if (up === asksDown.test(text) || turned.test(text)) {
    return false;
  }
  const found = conditions.flatMap((condition) => directionOf(condition, graph));
  return found.length > 0 && found.every((one) => one !== (up ? "up" : "down"));
}

/** Periods have both ends in one value. */
function leavesOpen(
  conditions: readonly Condition[],
  text: string,
  { candidates }: Pick<Said, "candidates">,
): boolean {
  if (!range.test(text) || candidates.some(({ kind }) => kind === "period")) {
    return false;
  }
  const has = (operator: RegExp): boolean => conditions.some((one) => operator.test(one.operator));
  // Each of the two may be another column's.
  const equal = conditions.flatMap(({ operator, operand, term }) => {
    const value = operand.kind === "values" ? candidates[operand.values[0] ?? -1] : undefined;
    return operator === "=" && value?.kind === "number" ? [term.column] : [];
  });
  const isWay = way.test(text) && new Set(equal).size > 1;
  return !has(/between|versus/) && !(has(/^>/) && has(/^</)) && !isWay;
}

/** Empty where nothing is compared by size, or a column with a column, which can be said from both sides. */
function directionOf(
  { term, operator, operand }: Condition,
  graph: SchemaGraph,
): readonly ("up" | "down")[] {
  const column = term.column === "*" ? undefined : graph.columns[term.column];
  if (!/^[<>]=?$/.test(operator) || operand.kind === "column" || isReversed(column)) {
    return [];
  }
  return [operator.startsWith(">") ? "up" : "down"];
}

function isReversed(column: GraphColumn | undefined): boolean {
  return column?.kind === "time" || column?.words.some((word) => REVERSED.test(word)) === true;
}

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
/** A number that is compared with, not one of days or months. */
const SIZE = "(#(?! (hour|day|week|month|quarter|year)s?\\b)|(the )?average)";
const asksUp = new RegExp(
  `\\b((${UP}) than|(?<!\\bone )or (${UP})|(above|over|exceeds?|exceeding) ${SIZE})`,
);
const asksDown = new RegExp(`\\b((${DOWN}) than|or (${DOWN})|(below|under) ${SIZE})`);
/** Said of another comparison of the same question. */
const mayAskUp = new RegExp(`\\b(${UP}|above|over|exceed\\w*)\\b|>`);
const mayAskDown = new RegExp(`\\b(${DOWN}|below|under|beneath)\\b|<`);
/** What turns a comparison round, limits it from the other side as well, or makes "more" of something else. */
const turned =
  /\b(not|no|never|without|except|neither|nor|cannot|most|least|maximum|minimum|up to|within|between|by (more|less)|ago|early|loss)\b|n't| than[ ?.!]*$/;
/** Of a name: here the first is the highest, and what is older began earlier. */
const REVERSED =
  /^(rank|ranking|position|place|priority|severity|tier|seed|division|class|birth|born|year|date|founded|opened|built|since|created|joined|signed|started|hired|updated)$/;

/** "between 3 and 5", "ranging from 2 to 4": both ends count. */
const range = /\b(between|range of|(ranging |ranges? )?from) # (and|to) #/;
/** From one place to another, perhaps. */
const way = /\b(from|between) # (and|to) #/;

/**
 * Whether it is smaller where the question says "more than", or compares with one of two numbers where it says from the
 * one to the other. Of 6,638 public questions none is answered so.
 */
export function doesOtherwise(program: Program, said: Said): boolean {
  const text = said.tokens.map(({ kind, lower }) => (kind === "number" ? "#" : lower)).join(" ");
  const all = programsIn(program);
  const conditions = all.flatMap(conditionsOf);
  // What is taken away says the opposite of what it compares.
  const takesAway =
    all.some(({ set }) => set?.operator === "except") ||
    conditions.some(({ operator }) => operator === "notin");
  return (
    (!takesAway && looksTheOtherWay(conditions, text, said.graph)) ||
    leavesOpen(conditions, text, said)
  );
}

function looksTheOtherWay(
  conditions: readonly Condition[],
  text: string,
  graph: SchemaGraph,
): boolean {
  const up = asksUp.test(text) && !mayAskDown.test(text);
  const down = asksDown.test(text) && !mayAskUp.test(text);
  if (up === down || turned.test(text)) {
    return false;
  }
  const found = conditions.flatMap((condition) => directionOf(condition, graph));
  return found.length > 0 && found.every((one) => one !== (up ? "up" : "down"));
}

/** A period that is said is mostly what lies between its ends, which are then numbers of the question, too. */
function leavesOpen(
  conditions: readonly Condition[],
  text: string,
  { candidates }: Pick<Said, "candidates">,
): boolean {
  if (!range.test(text) || candidates.some(({ kind }) => kind === "period")) {
    return false;
  }
  const has = (operator: RegExp): boolean => conditions.some((one) => operator.test(one.operator));
  const numbered = conditions.flatMap(({ operand, term }) => {
    const value = operand.kind === "values" ? candidates[operand.values[0] ?? -1] : undefined;
    return /^\d/.test(value?.text ?? "") ? [term.column] : [];
  });
  const isWay = way.test(text) && new Set(numbered).size > 1;
  const both = has(/between|versus/) || (has(/^>/) && has(/^</));
  return numbered.length > 0 && !both && !isWay;
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

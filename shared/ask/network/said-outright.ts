/** What a question says outright, so that a program which does otherwise does not answer it. */
import type { Token } from "../tokens.ts";
import { lacksPart } from "./asked-parts.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import type { Condition, Program } from "./program.ts";
import { conditionsOf, programsIn } from "./program-parts.ts";
import { LESS, MORE } from "./said-of-numbers.ts";
import { isReversed } from "./when-columns.ts";

interface Said {
  readonly candidates: readonly ValueCandidate[];
  readonly graph: SchemaGraph;
}

/** A number that is compared with, not one of days or months. */
const SIZE = "(#(?! (hour|day|week|month|quarter|year)s?\\b)|(the )?average)";
const asksUp = new RegExp(
  `\\b((${MORE}) than|(?<!\\bone )or (${MORE})|(above|over|exceeds?|exceeding) ${SIZE})`,
);
const asksDown = new RegExp(`\\b((${LESS}) than|or (${LESS})|(below|under) ${SIZE})`);
/** Said of another comparison of the same question. */
const mayAskUp = new RegExp(`\\b(${MORE}|above|over|exceed\\w*)\\b|>`);
const mayAskDown = new RegExp(`\\b(${LESS}|below|under|beneath)\\b|<`);
/** What turns a comparison round, limits it from the other side as well, or makes "more" of something else. */
const turned =
  /\b(not|no|never|without|except|neither|nor|cannot|most|least|maximum|minimum|up to|within|between|by (more|less)|ago|early|loss)\b|n't| than[ ?.!]*$/;
/** "between 3 and 5", "ranging from 2 to 4": both ends count. From one place to another, perhaps. */
const range = /\b(between|range of|from) # and #|# to #/;

/** In small letters, each number as `#`. */
export function saidText(tokens: readonly Token[]): string {
  return tokens.map(({ kind, lower }) => (kind === "number" ? "#" : lower)).join(" ");
}

/**
 * Whether it is smaller where the question says "more than", compares with one of two numbers where it says from the one
 * to the other, or has no part that it asks for. Of 6,638 public questions none is answered so.
 * @param text As `saidText` gives it.
 */
export function doesOtherwise(program: Program, text: string, said: Said): boolean {
  const all = programsIn(program);
  const conditions = all.flatMap(conditionsOf);
  // What is taken away says the opposite of what it compares.
  const takesAway =
    all.some(({ set }) => set?.operator === "except") ||
    conditions.some(({ operator }) => operator === "notin");
  return (
    (!takesAway && looksTheOtherWay(conditions, text, said.graph)) ||
    leavesOpen(conditions, text, said) ||
    lacksPart(program, text, said.graph)
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
  const isWay = new Set(numbered).size > 1;
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

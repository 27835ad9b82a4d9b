/** What the rules read in a question, as programs the network can judge beside its own. */
import type { TableInfo } from "../../sources/ports.ts";
import { asksForFigures } from "../deciding-figure.ts";
import type { Reading } from "../readings.ts";
import { MOST_STEPS, startProgram } from "./grammar.ts";
import type { KeyPreference } from "./join-tables.ts";
import { isAggregate, isFigure, type Program, type Term, writeProgram } from "./program.ts";
import { programOfReading } from "./program-of-reading.ts";
import type { QuestionReading } from "./question-network.ts";
import type { ProgramSuggestion } from "./suggestion.ts";
import { grammarId, tokenOf } from "./vocabulary.ts";
import { wishesOf } from "./wishes.ts";

const MOST_SUGGESTIONS = 6;
/** Readings beyond these are seldom meant. */
const MOST_READINGS = 16;

/** What the reading of the question says of itself that a suggestion has to fit. */
export type SuggestedTo = Pick<QuestionReading, "tokens" | "graph" | "candidates">;

/**
 * @param readings The likeliest first, over these tables.
 * @param tables Those of the whole schema, which the graph may be a part of.
 */
export function suggestByRules(
  reading: SuggestedTo,
  readings: readonly Reading[],
  tables: readonly TableInfo[],
  preference: KeyPreference,
): readonly ProgramSuggestion[] {
  const { graph, candidates } = reading;
  const context = { graph, candidates, tables, preference };
  const found = new Map<string, ProgramSuggestion>();
  for (const { query, confidence } of readings.slice(0, MOST_READINGS)) {
    if (found.size >= MOST_SUGGESTIONS) {
      break;
    }
    const whole = programOfReading(query, context);
    for (const [program, share] of whole === undefined ? [] : shownOrNot(whole, reading)) {
      const key = JSON.stringify(program);
      if (!found.has(key) && isWritable(program, reading)) {
        found.set(key, { program, origin: "rules", worth: confidence * share });
      }
    }
  }
  return [...found.values()];
}

/** What a reading is worth that shows other columns than were asked for. */
const ASIDE = 0.9;

/** Who asks which team has the most incidents wants the team; the rules always show the figure that decides. */
function shownOrNot(
  program: Program,
  { tokens }: SuggestedTo,
): readonly (readonly [program: Program, share: number])[] {
  const sorts = new Set(program.limit === undefined ? [] : program.order.map(keyOf));
  const bare = program.select.filter(
    (item) => !isFigure(item) && !(item.kind === "term" && sorts.has(keyOf(item.term))),
  );
  const decides = program.having.length > 0 || program.order.some(isAggregate) || sorts.size > 0;
  if (!decides || bare.length === 0 || bare.length === program.select.length) {
    return [[program, 1]];
  }
  const asked = asksForFigures(tokens);
  return [
    [program, asked ? 1 : ASIDE],
    [{ ...program, select: bare }, asked ? ASIDE : 1],
  ];
}

function keyOf(term: Term): string {
  return JSON.stringify(term);
}

/** Whether the network could have written it: its steps are judged one by one along the grammar. */
export function isWritable(program: Program, reading: SuggestedTo): boolean {
  const { graph, candidates, tokens } = reading;
  const counts = {
    columns: graph.columns.length,
    tables: graph.tables.length,
    values: candidates.length,
  };
  const steps = writeProgram(program).map((step) => tokenOf(step, counts));
  let follower = startProgram(graph, candidates, wishesOf(tokens, candidates));
  for (const step of [...steps, grammarId("<end>")]) {
    if (!follower.allowed.includes(step)) {
      return false;
    }
    follower = follower.follow(step);
  }
  return steps.length < MOST_STEPS;
}

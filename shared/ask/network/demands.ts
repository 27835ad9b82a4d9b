/**
 * What a question says outright of its answer. The search holds what is otherwise for much less likely, and not for
 * impossible: the same words may mean something else over another schema.
 */
import { type Asked, inSmallLetters, isNamed, type SaidOfValue } from "./asked.ts";
import type { ValueCandidate } from "./candidates.ts";
import { saidOfNumber } from "./said-of-numbers.ts";
import { saidOfText } from "./said-of-texts.ts";
import {
  type GrammarWord,
  grammarId,
  grammarWords,
  type ItemCounts,
  likes,
  type Step,
  stepOf,
} from "./vocabulary.ts";

export interface Demands {
  /** All that is known of something, and not a few columns of it. */
  readonly everything: boolean;
  /** By value; absent where nothing is said. */
  readonly values: readonly (SaidOfValue | undefined)[];
}

export const noDemands: Demands = { everything: false, values: [] };

/** Of the statements of 6,638 public questions all do what is said here but four, where all values are said. */
export function demandsOf(asked: Asked): Demands {
  return {
    everything: asksForEverything(asked),
    values: asked.candidates.map((own) => saidOf(own, asked)),
  };
}

function saidOf(own: ValueCandidate, asked: Asked): SaidOfValue | undefined {
  switch (own.kind) {
    case "one":
      return unsaidOne(asked);
    case "number":
      return saidOfNumber(own, asked);
    case "text":
      return saidOfText(own, asked);
    case "period":
      return undefined;
  }
}

/** Nobody says it: a flag that is set or not, or more rows than one. Where "1" is said, that is counted. */
function unsaidOne({ candidates }: Asked): SaidOfValue {
  const isSaid = candidates.some(({ kind, text }) => kind !== "one" && text === "1");
  return {
    agrees: ({ operator, column, isCount }) =>
      isCount
        ? !isSaid && (operator === ">" || operator === ">=")
        : column !== undefined && (operator === "=" || operator === "!="),
    mayLimit: true,
  };
}

const everything =
  /(?<!\b(of|over|across|from|in|for|with|on|have|has) )\ball (of )?(the |their |its )?((?<kind>\p{L}+) )?(detailed |available )?(?<noun>information|info|data|details|columns|fields|attributes) (?=(about|of|on|for|from|in|that|which|who|whose|regarding|related|available|and|with|[^\p{L}\p{N}])|$)/u;
/** Then a figure is asked for, or something of each, and not rows as they are. */
const makes =
  /\b(how many|count|number of|average|mean|total|sum|maximum|minimum|most|least|names?|which|who has|each|per|every)\b/;

function asksForEverything({ tokens, graph }: Asked): boolean {
  const text = inSmallLetters(tokens);
  const { noun, kind = "" } = everything.exec(text)?.groups ?? {};
  const isColumn = graph.columns.some(({ words }) => words.includes(kind));
  return noun !== undefined && !isColumn && !makes.test(text) && !isNamed(noun, graph);
}

const DENIES = /^(!=|not)/;

/**
 * A program as the question says that texts hold its values: one that equals a letter means those that have it, unless
 * the column stores just that.
 * @param steps Its tokens.
 */
export function withParts(
  steps: readonly number[],
  { values }: Demands,
  counts: ItemCounts,
): readonly number[] {
  const stepAt = (at: number): Step | undefined => {
    const token = steps[at];
    return token === undefined ? undefined : stepOf(token, counts);
  };
  return steps.map((token, at) => {
    const [column, value] = [stepAt(at - 1), stepAt(at + 1)];
    const said = value?.kind === "value" ? values[value.at] : undefined;
    const operator = grammarWords[token];
    const isWhole = column?.kind === "column" && said?.whole?.has(column.at) === true;
    if (said?.part === undefined || operator === undefined || isWhole || !isCompared(operator)) {
      return token;
    }
    return grammarId(DENIES.test(operator) ? `not${said.part}` : said.part);
  });
}

function isCompared(operator: GrammarWord): boolean {
  return operator === "=" || operator === "!=" || likes.some((one) => one === operator);
}

/** Programs that nobody asks for: that no rows can answer, as far as it is known what is stored, or that say a thing twice. */
import type { Token } from "../tokens.ts";
import type { ValueCandidate } from "./candidates.ts";
import { holdsNo, NUMBER, ORDERED } from "./column-contents.ts";
import type { SchemaGraph } from "./graph.ts";
import { takesKeysForSizes } from "./keys-as-sizes.ts";
import type { Condition, Joined, Program, Term } from "./program.ts";
import { conditionsOf, programsIn, termsOf } from "./program-parts.ts";
import { doesOtherwise, saidText } from "./said-outright.ts";
import { comparesStrangers, countsRepeated, multipliesTables } from "./strangers.ts";

/** Of the reading of a question. */
interface Known {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
}

interface Asked extends Known {
  readonly tokens: readonly Token[];
}

/** A proposal, as far as it matters here. */
interface Suggestible {
  readonly program?: Program | undefined;
  readonly suggested: { readonly example: number };
}

/** An example at least as likely to ask the same says what a person verified, not a guess over other values. */
const SURE_EXAMPLE = 0.5;

/**
 * What a person verified for such a question stays, whatever it is. What is only not what such words ask for goes where
 * there is something else.
 */
export function withoutImpossible<One extends Suggestible>(
  asked: Asked,
  proposals: readonly One[],
): readonly One[] {
  const without = (some: readonly One[], is: (program: Program) => boolean): readonly One[] =>
    some.filter(
      ({ program, suggested }) =>
        program === undefined || suggested.example >= SURE_EXAMPLE || !is(program),
    );
  const possible = without(proposals, (one) => isImpossible(one, asked));
  const text = saidText(asked.tokens);
  const likely = without(
    possible,
    (one) => doesOtherwise(one, text, asked) || takesKeysForSizes(one, text, asked.graph),
  );
  return likely.some(({ program }) => program !== undefined) ? likely : possible;
}

/**
 * Whether a column would have to equal two values at once, rows are taken from or put with themselves, something is
 * shown twice, a column holds nothing of the kind that is made of it (a sum of words, letters in a number), what has
 * nothing to do with each other is put together, or rows would count several times.
 */
export function isImpossible(program: Program, known: Known): boolean {
  return programsIn(program).some(
    (one) =>
      contradicts(one.where, known) ||
      repeatsItself(one) ||
      multipliesTables(one, known.graph) ||
      countsRepeated(one, known.graph) ||
      termsOf(one).some((term) => figuresOfWords(term, known)) ||
      conditionsOf(one).some(
        (condition) =>
          comparesOtherKind(condition, known) || comparesStrangers(condition, known.graph),
      ),
  );
}

function contradicts(where: readonly Joined[], { candidates }: Known): boolean {
  const equal = new Map<string, string>();
  return where.some(({ joiner, condition }) => {
    if (joiner === "or") {
      equal.clear();
    }
    const key = JSON.stringify(condition.term);
    const value = candidates[onlyValue(condition) ?? -1]?.text;
    const before = equal.get(key);
    if (value !== undefined) {
      equal.set(key, value);
    }
    return value !== undefined && before !== undefined && before !== value;
  });
}

function onlyValue({ operator, operand }: Condition): number | undefined {
  return operator === "=" && operand.kind === "values" ? operand.values[0] : undefined;
}

function repeatsItself({ set, ...rest }: Program): boolean {
  const shown = rest.select.map((item) => JSON.stringify(item));
  return (
    new Set(shown).size < shown.length ||
    (set !== undefined && JSON.stringify(set.query) === JSON.stringify(rest))
  );
}

function figuresOfWords({ aggregate, column }: Term, { graph }: Known): boolean {
  switch (column === "*" ? undefined : aggregate) {
    case "sum":
    case "avg":
      return holdsNo(NUMBER, graph.columns[Number(column)]);
    case "max":
    case "min":
      return holdsNo(ORDERED, graph.columns[Number(column)]);
    default:
      return false;
  }
}

/** Letters sought where there are none, and words put in order with a number. */
function comparesOtherKind(
  { term: { aggregate, column: at }, operator, operand }: Condition,
  { graph, candidates }: Known,
): boolean {
  const value = operand.kind === "values" ? candidates[operand.values[0] ?? -1] : undefined;
  if (at === "*" || aggregate !== undefined || value === undefined || value.stored.has(at)) {
    return false;
  }
  const column = graph.columns[at];
  if (/^(=|contains|starts|ends)$/.test(operator)) {
    const letterless = column?.kind === "number" || column?.kind === "time";
    return letterless && value.kind === "text" && /\p{L}/u.test(value.text);
  }
  const orders = /^([<>]=?|between)$/.test(operator);
  return orders && value.kind === "number" && holdsNo(ORDERED, column);
}

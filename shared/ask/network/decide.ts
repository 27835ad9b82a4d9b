/** From what the network proposes to one of the three honest outcomes: an answer, a question back, or none. */
import type { AskCandidate, AskGuess, AskInput, AskOutcome, AskThresholds } from "../ports.ts";
import { isKnownWord, unusedWords } from "./evidence.ts";
import { FLAGS, schemaFlag } from "./features.ts";
import type { GraphKey } from "./graph.ts";
import type { QuestionNetwork, QuestionReading } from "./question-network.ts";
import { type FittedWeights, type Ranked, rank } from "./rank.ts";
import { renderProgram } from "./render-program.ts";
import { restateProgram } from "./restate-program.ts";
import { usesOf } from "./uses.ts";

export interface NetworkDeps {
  readonly network: QuestionNetwork;
  readonly fitted: FittedWeights;
}

export const defaultThresholds: AskThresholds = { answer: 0.7, clarify: 0.3 };

const MOST_OPTIONS = 3;
/** An option this much less likely than the first is no rival of it. */
const RIVAL = 0.5;

/** One statement the network would run, ready to run. */
interface NetworkGuess extends AskGuess {
  readonly restatement: string;
}

export interface NetworkAnswer {
  readonly guesses: readonly NetworkGuess[];
  /** The word of the question that nothing in the source answers to. */
  readonly stranger: string | undefined;
}

export function answerByNetwork(
  { network, fitted }: NetworkDeps,
  question: string,
  input: AskInput,
): NetworkAnswer {
  const reading = network.read(question, input.schema, input.now);
  const ranked = rank(fitted, reading, network.propose(reading));
  const guesses = new Map<string, NetworkGuess>();
  for (const one of ranked) {
    const guess = guessOf(one, reading, input);
    const key = JSON.stringify([guess?.sql, guess?.params]);
    if (guess !== undefined && !guesses.has(key)) {
      guesses.set(key, guess);
    }
  }
  const [first] = ranked;
  return {
    guesses: [...guesses.values()],
    stranger: first === undefined ? undefined : strangerOf(reading, first),
  };
}

function guessOf(
  { program, confidence }: Ranked,
  reading: QuestionReading,
  input: AskInput,
): NetworkGuess | undefined {
  const { graph, candidates } = reading;
  try {
    const rendered = renderProgram(program, {
      graph,
      candidates,
      dialect: input.call?.dialect ?? "postgres",
      preference: keyPreference(reading),
    });
    return {
      ...rendered,
      confidence: rounded(confidence),
      restatement: restateProgram(program, graph, candidates),
    };
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

/** Of several keys between two tables, the one whose column the question names. */
function keyPreference({ features }: QuestionReading): (key: GraphKey) => number {
  const shareOf = (column: number): number =>
    features.flags[(features.questions + column) * FLAGS + schemaFlag.columnShare] ?? 0;
  return (key) => Math.max(...key.links.map(([from]) => shareOf(from)));
}

function strangerOf(reading: QuestionReading, { program }: Ranked): string | undefined {
  const at = unusedWords(reading, usesOf(program)).find((token) => !isKnownWord(reading, token));
  return at === undefined ? undefined : reading.tokens[at]?.text;
}

function rounded(chance: number): number {
  return Math.round(chance * 1_000) / 1_000;
}

export function decide(
  { guesses, stranger }: NetworkAnswer,
  thresholds: AskThresholds,
): AskOutcome {
  const [best] = guesses;
  if (best === undefined) {
    return {
      kind: "abstain",
      reason: "the question names no table or column of the source",
      confidence: 0.7,
    };
  }
  const { sql, params, confidence } = best;
  if (confidence >= thresholds.answer) {
    return { kind: "answer", provenance: "generated", ...best };
  }
  const guess: AskGuess = { sql, params, confidence };
  const options = guesses
    .filter((one) => one.confidence >= confidence * RIVAL)
    .slice(0, MOST_OPTIONS)
    .map(
      ({ restatement, ...one }): AskCandidate => ({
        question: restatement,
        sql: one.sql,
        params: one.params,
        confidence: one.confidence,
      }),
    );
  if (confidence >= thresholds.clarify) {
    const reason =
      stranger === undefined
        ? "the question can be read in more than one way"
        : `nothing in the source is called “${stranger}”; one of these may be meant`;
    return { kind: "clarify", reason, options, confidence, best: guess };
  }
  const reason =
    stranger === undefined
      ? "the words of the question fit the source too loosely to be sure of an answer"
      : `nothing in the source is called “${stranger}”`;
  return {
    kind: "abstain",
    reason,
    confidence: rounded(1 - confidence),
    best: guess,
  };
}

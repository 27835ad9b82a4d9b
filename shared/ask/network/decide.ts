/** From what the network proposes to one of the three honest outcomes: an answer, a question back, or none. */
import type { AskCandidate, AskedInput, AskGuess, AskOutcome, AskThresholds } from "../ports.ts";
import type { Reading } from "../readings.ts";
import { asAsked, shareOf } from "./as-asked.ts";
import {
  isKnownWord,
  isLoose,
  isUnfounded,
  namesSomething,
  unusedWords,
  usesOfProposal,
} from "./evidence.ts";
import type { KeyPreference } from "./join-tables.ts";
import { warningsOf } from "./join-warnings.ts";
import { keyPreference } from "./key-preference.ts";
import type { SelectReader } from "./parsed-sql.ts";
import type { QuestionNetwork, QuestionReading } from "./question-network.ts";
import { type FittedWeights, type Ranked, rank } from "./rank.ts";
import { renderProgram } from "./render-program.ts";
import { restateProgram } from "./restate-program.ts";
import { keysInDoubt, preferring, restateKeys } from "./rival-keys.ts";
import { suggestionsFor } from "./suggest.ts";
import { inUsualOrder } from "./usual-order.ts";

export interface NetworkDeps {
  readonly network: QuestionNetwork;
  readonly fitted: FittedWeights;
  /** Reads the SQL of verified examples. */
  readonly readSql: SelectReader;
}

export const defaultThresholds: AskThresholds = { answer: 0.7, clarify: 0.3 };

const MOST_OPTIONS = 3;
/** An option this much less likely than the first is no rival of it. */
const RIVAL = 0.5;

/** One statement the network would run, ready to run. */
interface NetworkGuess extends AskGuess {
  /** How sure the rules are of it; 0 where they did not read it. */
  readonly rules: number;
  readonly restatement: string;
  readonly warnings: readonly string[];
  /** Where two tables have several keys and the question names none: the statement by each of them. */
  readonly byKey: readonly AskCandidate[];
}

export interface NetworkAnswer {
  readonly guesses: readonly NetworkGuess[];
  /** The word of the question that nothing in the source answers to. */
  readonly stranger: string | undefined;
  /** The question says a name or a value that the source has. */
  readonly named: boolean;
  /** Nothing the question says is used: the first is a guess about names that nobody said. */
  readonly unfounded: boolean;
  /** What is used is only loosely related to a name. */
  readonly loose: boolean;
}

/** @param readings What the rules make of the question, for the network to judge. */
export function answerByNetwork(
  deps: NetworkDeps,
  input: AskedInput,
  readings: readonly Reading[],
): NetworkAnswer {
  const { question, schema, now } = input;
  const reading = deps.network.read(question, schema, now);
  const proposals = deps.network.propose(
    reading,
    suggestionsFor(deps.readSql, reading, input, readings),
  );
  const ranked = rank(deps.fitted, reading, proposals);
  const named = keyPreference(reading);
  const guesses = new Map<string, NetworkGuess>();
  for (const one of ranked) {
    const guess = guessOf(one, reading, named, input);
    const key = JSON.stringify([guess?.sql, guess?.params]);
    if (guess !== undefined && !guesses.has(key)) {
      guesses.set(key, guess);
    }
  }
  const [first] = ranked;
  return {
    guesses: [...guesses.values()],
    stranger: first === undefined ? undefined : strangerOf(reading, first),
    named: namesSomething(reading),
    unfounded: first !== undefined && isGuess(first, reading),
    loose: first !== undefined && isLoose(reading, usesOfProposal(first)),
  };
}

function guessOf(
  { program, statement, confidence, suggested }: Ranked,
  reading: QuestionReading,
  named: KeyPreference,
  input: AskedInput,
): NetworkGuess | undefined {
  if (program === undefined) {
    const { sql, params, restatement } = statement;
    const shown = { sql, params, restatement, warnings: [], byKey: [] };
    return { ...shown, confidence: rounded(confidence), rules: suggested.rules };
  }
  const { graph, candidates } = reading;
  const dialect = input.call?.dialect ?? "postgres";
  const asked = asAsked(program, reading);
  const whole = shareOf(reading.tokens);
  const shown = inUsualOrder(asked, graph);
  const [equal = []] = keysInDoubt(asked, graph, named);
  const preferences = equal.length > 1 ? equal.map((key) => preferring(key, named)) : [named];
  try {
    const open = preferences
      .map((preference) => ({
        ...renderProgram(shown, { graph, candidates, dialect, preference, shareOf: whole }),
        preference,
        restatement: `${restateProgram(shown, graph, candidates, whole)}${restateKeys(asked, graph, preference)}`,
      }))
      // What a person called wrong leaves the other key.
      .filter((one, _, all) => all.length === 1 || !input.rejected?.includes(one.sql));
    const [first] = open;
    return first === undefined
      ? undefined
      : {
          sql: first.sql,
          params: first.params,
          confidence: rounded(confidence),
          rules: suggested.rules,
          restatement: first.restatement,
          warnings: warningsOf(asked, graph, first.preference),
          byKey:
            open.length > 1
              ? open.map((one) =>
                  candidateOf({
                    ...one,
                    // Among its keys each is as likely as any.
                    confidence: rounded(confidence / open.length),
                    warnings: warningsOf(asked, graph, one.preference),
                  }),
                )
              : [],
        };
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
}

function candidateOf({
  restatement,
  sql,
  params,
  confidence,
  warnings,
}: Omit<NetworkGuess, "byKey" | "rules">): AskCandidate {
  return { question: restatement, sql, params, confidence, warnings };
}

/** Not where people or rules know the words. */
function isGuess(first: Ranked, reading: QuestionReading): boolean {
  const { rules, example } = first.suggested;
  return rules === 0 && example === 0 && isUnfounded(reading, usesOfProposal(first));
}

function strangerOf(reading: QuestionReading, first: Ranked): string | undefined {
  const at = unusedWords(reading, usesOfProposal(first)).find(
    (token) => !isKnownWord(reading, token),
  );
  return at === undefined ? undefined : reading.tokens[at]?.text;
}

function rounded(chance: number): number {
  return Math.round(chance * 1_000) / 1_000;
}

export function decide(
  { guesses, stranger, named, unfounded, loose }: NetworkAnswer,
  thresholds: AskThresholds,
): AskOutcome {
  const [best] = guesses;
  if (best === undefined) {
    return {
      kind: "abstain",
      reason: named
        ? "no single query over the source was found that says what the question asks"
        : "the question names no table or column of the source",
      confidence: 0.7,
    };
  }
  const { sql, params, confidence, restatement, warnings, byKey } = best;
  const sure = confidence >= barFor(thresholds.answer, loose || stranger !== undefined);
  if (sure && byKey.length === 0) {
    const provenance = "generated";
    return { kind: "answer", provenance, sql, params, confidence, restatement, warnings };
  }
  if (confidence >= thresholds.clarify && !(unfounded && stranger !== undefined)) {
    // As likely as the program, and among its keys as likely as any.
    const chance = rounded(confidence / Math.max(byKey.length, 1));
    return {
      kind: "clarify",
      reason: whyAsked(best, stranger),
      options: optionsOf(guesses, sure),
      confidence: chance,
      best: { sql, params, confidence: chance },
    };
  }
  const reason =
    stranger === undefined
      ? "the words of the question fit the source too loosely to be sure of an answer"
      : `nothing in the source is called “${stranger}”`;
  return {
    kind: "abstain",
    reason,
    confidence: rounded(1 - confidence),
    best: { sql, params, confidence },
  };
}

/** A word without a counterpart, or with a loose one, asks for a third more of what is left to certainty. */
function barFor(threshold: number, doubtful: boolean): number {
  return doubtful ? threshold + (1 - threshold) / 3 : threshold;
}

function whyAsked({ byKey }: NetworkGuess, stranger: string | undefined): string {
  if (stranger !== undefined) {
    return `nothing in the source is called “${stranger}”; one of these may be meant`;
  }
  return byKey.length > 0
    ? "the tables are joined by more than one key, and the question does not say which it means"
    : "the question can be read in more than one way";
}

/** @param sure Nothing but the key is in doubt. */
function optionsOf(guesses: readonly NetworkGuess[], sure: boolean): readonly AskCandidate[] {
  const [best] = guesses;
  const rivals = guesses.filter(
    (one) => one === best || (!sure && one.confidence >= (best?.confidence ?? 0) * RIVAL),
  );
  const options = rivals.flatMap((one) => (one.byKey.length > 0 ? one.byKey : [candidateOf(one)]));
  // However many keys there are: the one that is meant should be among them.
  return options.slice(0, Math.max(MOST_OPTIONS, best?.byKey.length ?? 0));
}

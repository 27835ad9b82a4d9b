/** The engine with the network in it: what a person verified comes first, then rules and network, whichever is surer. */
import { errorFields } from "../../kernel/logger.ts";
import { withoutDecidingFigure } from "../deciding-figure.ts";
import { longestInTokens, longestQuestion, type RulesAnswer, type RulesEngine } from "../engine.ts";
import { writeWords } from "../lexicon.ts";
import type { AskEngine, AskedInput, AskInput, AskOutcome, DateReader } from "../ports.ts";
import { renderQuery } from "../render.ts";
import { restate } from "../restate.ts";
import { normaliseText, tokenise } from "../tokens.ts";
import { withDates } from "../with-dates.ts";
import {
  answerByNetwork,
  decide,
  defaultThresholds,
  type NetworkAnswer,
  type NetworkDeps,
} from "./decide.ts";

/** What the rules' own confidence is worth, measured on databases they were not written for. */
const RULES_WORTH = 0.8;
/** Where people have said what the words of the source mean, the rules account for them by what was said. */
const RULES_WORTH_DEFINED = 0.95;
/** Two ways of reading that come to the same statement are seldom both wrong. */
const AGREED = 0.9;

/** Raised whenever weights, features or ranking change: they are not loaded when the engine's version is asked for. */
const NETWORK_VERSION = "network-7";

/**
 * @param load Called at the first question that needs the network.
 * @param loadDates Called at the first question, before rules and network read it.
 */
export function createNetworkAsk(
  rules: Pick<RulesEngine, "version" | "answer">,
  load: () => Promise<NetworkDeps>,
  loadDates: () => Promise<DateReader>,
): AskEngine {
  return {
    version: `${rules.version}+${NETWORK_VERSION}`,
    prepare: async () => {
      await Promise.all([load(), loadDates()]);
    },
    ask: async (input) => {
      const asked = await withDates(input, loadDates);
      const ruled = rules.answer(asked);
      if (ruled.defined) {
        return asShown(ruled, asked);
      }
      if (isFinal(ruled.outcome, input)) {
        return ruled.outcome;
      }
      const deps = await load().catch((error: unknown) => {
        input.call?.log.error("the question network could not be loaded", errorFields(error));
        return null;
      });
      return deps === null ? ruled.outcome : combine(ruled, asked, deps);
    },
  };
}

/** Nothing to read, too much to read, a wish to change something, or an answer that a person verified. */
function isFinal(ruled: AskOutcome, { question }: AskInput): boolean {
  if (ruled.kind === "answer") {
    return ruled.provenance === "verified";
  }
  if (question.length > longestQuestion) {
    return true;
  }
  const tokens = tokenise(normaliseText(question));
  const changes = tokens.some((token) => token.kind === "word" && writeWords.has(token.lower));
  return changes || tokens.length === 0 || tokens.length > longestInTokens;
}

/** A reading of the rules as people would rather see it; what a person verified stays as it is. */
function asShown({ outcome, readings }: RulesAnswer, input: AskedInput): AskOutcome {
  const { tables } = input.schema;
  const [best] = readings;
  if (outcome.kind !== "answer" || best === undefined) {
    return outcome;
  }
  const query = withoutDecidingFigure(best.query, tokenise(normaliseText(input.question)));
  const { sql, params } = renderQuery(query, tables);
  const own = renderQuery(best.query, tables);
  return sameStatement(outcome, own) && !input.rejected?.includes(sql)
    ? { ...outcome, sql, params, restatement: restate(query, tables) }
    : outcome;
}

function combine(rules: RulesAnswer, input: AskedInput, deps: NetworkDeps): AskOutcome {
  const { outcome: ruled, readings } = rules;
  const rejected = input.rejected ?? [];
  const found = answerByNetwork(deps, input, readings);
  const open: NetworkAnswer = {
    ...found,
    guesses: found.guesses.filter((one) => !rejected.includes(one.sql)),
  };
  const thresholds = input.thresholds ?? defaultThresholds;
  const [best] = open.guesses;
  if (ruled.kind !== "answer") {
    return decide(open, thresholds);
  }
  if (best === undefined) {
    return ruled;
  }
  if (sameStatement(ruled, best)) {
    return { ...ruled, confidence: Math.max(ruled.confidence, best.confidence, AGREED) };
  }
  const worth = input.semantics === undefined ? RULES_WORTH : RULES_WORTH_DEFINED;
  return ruled.confidence * worth >= best.confidence
    ? (judged(ruled, open) ?? asShown(rules, input))
    : decide(open, thresholds);
}

/** The same reading of the rules as the network would rather show it: with the figure that decides, or without. */
function judged(ruled: Answer, { guesses }: NetworkAnswer): Answer | undefined {
  const own = guesses.find((one) => one.rules >= ruled.confidence && one.byKey.length === 0);
  if (own === undefined) {
    return undefined;
  }
  if (sameStatement(ruled, own)) {
    return ruled;
  }
  const { sql, params, restatement, warnings } = own;
  return { ...ruled, sql, params, restatement, warnings };
}

type Answer = Extract<AskOutcome, { kind: "answer" }>;

interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

function sameStatement(left: Statement, right: Statement): boolean {
  return (
    plain(left.sql) === plain(right.sql) &&
    JSON.stringify(left.params) === JSON.stringify(right.params)
  );
}

/** Without the names of results and tables, casts and where nulls go. */
function plain(sql: string): string {
  return sql
    .toLowerCase()
    .replace(/\s+as (\w+|"[^"]+")/g, "")
    .replace(/::[a-z ]+?(?=[\s,)]|$)/g, "")
    .replace(/ nulls last/g, "")
    .replace(/(\w+|"[^"]+")\./g, "")
    .replace(/["\s]+/g, " ")
    .trim();
}

/** The embedded question-to-SQL engine: verified examples first, then rules over the schema, and doubt in plain words. */
import { answerByExample } from "./answer-by-example.ts";
import { matchExample } from "./examples.ts";
import type { Query } from "./ir.ts";
import { warningsOfQuery } from "./network/query-warnings.ts";
import { readParts } from "./parts.ts";
import type {
  AskCandidate,
  AskEngine,
  AskedInput,
  AskInput,
  AskOutcome,
  DateReader,
} from "./ports.ts";
import { readFrame } from "./read-frame.ts";
import { type Reading, readings } from "./readings.ts";
import { renderQuery } from "./render.ts";
import { restate, restateJoins } from "./restate.ts";
import { indexSchema } from "./schema-index.ts";
import { normaliseText, tokenise } from "./tokens.ts";
import { withDates } from "./with-dates.ts";

/** Characters, and words or signs, beyond which a question is not read. */
export const longestQuestion = 1_000;
export const longestInTokens = 80;
/** Two readings closer than this in cost are as good as each other. */
const tie = 0.045;
const maxOptions = 3;
/** Below this an answer would be a guess. */
const leastConfidence = 0.45;
const verifiedConfidence = 0.99;

/** What the rules make of a question. */
export interface RulesAnswer {
  readonly outcome: AskOutcome;
  /** Every reading that was found and that nobody called wrong, the likeliest first. */
  readonly readings: readonly Reading[];
  /**
   * What people defined decides it: a verified question that differs only in wording and values, or a metric or filter
   * of the semantic model. Nothing needs to be weighed against it.
   */
  readonly defined: boolean;
}

export interface RulesEngine extends AskEngine {
  answer(input: AskedInput): RulesAnswer;
}

/**
 * Pure and total: any question over any schema gives an outcome, never a throw.
 * @param loadDates Called at the first question; `answer` is given what it loads.
 */
export function createAskEngine(loadDates: () => Promise<DateReader>): RulesEngine {
  return {
    version: "rules-6",
    prepare: async () => {
      await loadDates();
    },
    ask: async (input) => answer(await withDates(input, loadDates)).outcome,
    answer,
  };
}

function answer(input: AskedInput): RulesAnswer {
  const question = normaliseText(input.question.slice(0, longestQuestion + 1));
  const final = withoutReading(question, input);
  if (final !== undefined) {
    return { outcome: final, readings: [], defined: false };
  }
  const generated = generate(question, input);
  const outcome = answerByExample(question, input);
  return outcome === undefined ? generated : { ...generated, outcome, defined: true };
}

/** Nothing to read, too much to read, or a question that a person verified. */
function withoutReading(question: string, input: AskedInput): AskOutcome | undefined {
  if (question === "") {
    return abstain("the question is empty", 1);
  }
  if (input.question.length > longestQuestion) {
    return abstain(`the question is longer than ${longestQuestion} characters`, 1);
  }
  const verified = matchExample(question, input);
  if (verified !== undefined) {
    const { example, params } = verified;
    return {
      kind: "answer",
      provenance: "verified",
      sql: example.sql,
      params,
      confidence: verifiedConfidence,
      restatement: `Verified: ${filledIn(example.question, example.slots, params)}`,
    };
  }
  return undefined;
}

function generate(
  question: string,
  { schema, semantics, now, rejected = [] }: AskedInput,
): RulesAnswer {
  const index = indexSchema(schema, semantics);
  const tokens = tokenise(question);
  if (tokens.length > longestInTokens) {
    return unread("the question has too many words to be one question", 1);
  }
  const parts = readParts(tokens, index, now);
  const lost =
    parts.find((part) => part.kind === "write") ?? parts.find((part) => part.kind === "unknown");
  const frame = readFrame(lost === undefined ? parts : [lost], index);
  if (frame.problem !== undefined) {
    return unread(frame.problem, 0.9);
  }
  const found = readings(frame, index.tables);
  if (found.kind === "none") {
    return unread(found.reason, 0.7);
  }
  const open = notRejected(found.readings, schema, rejected);
  return open.length === 0
    ? unread("the answers I have for this question were called wrong", 0.9)
    : decided(open, schema);
}

function decided(open: readonly Reading[], schema: AskInput["schema"]): RulesAnswer {
  const outcome = decide(open, schema);
  const [best] = open;
  const defined = outcome.kind === "answer" && best !== undefined && usesDefinition(best.query);
  return { outcome, readings: open, defined };
}

/** Whether a metric or a named filter of the semantic model is part of it. */
function usesDefinition({ select, where }: Query): boolean {
  return (
    select.some((item) => item.kind === "measure" && item.measure.fn === "metric") ||
    where.some((condition) => condition.kind === "named")
  );
}

/** Without the readings that a person called wrong for this question. */
function notRejected(
  ranked: readonly Reading[],
  { tables }: AskInput["schema"],
  rejected: readonly string[],
): readonly Reading[] {
  return rejected.length === 0
    ? ranked
    : ranked.filter(({ query }) => !rejected.includes(renderQuery(query, tables).sql));
}

/** One clear winner answers; a tie between queries that differ asks back. */
function decide(ranked: readonly Reading[], schema: AskInput["schema"]): AskOutcome {
  const { tables } = schema;
  const best = ranked[0];
  if (best === undefined) {
    return abstain("the question names no table or column of the source", 0.7);
  }
  const rivals = ranked.filter((one) => one.cost <= best.cost + tie);
  const options = new Map<string, AskCandidate>();
  for (const { query } of rivals) {
    const { sql, params } = renderQuery(query, tables);
    const question = restate(query, tables);
    const twins = rivals.filter((one) => restate(one.query, tables) === question).length > 1;
    const keys = twins && query.joins.length > 0 ? ` (through ${restateJoins(query)})` : "";
    options.set(JSON.stringify([sql, params]), { question: `${question}${keys}`, sql, params });
  }
  if (options.size > 1) {
    return {
      kind: "clarify",
      reason: "the question can be read in more than one way",
      options: [...options.values()].slice(0, maxOptions),
      confidence: Math.round((100 * best.confidence) / options.size) / 100,
    };
  }
  if (best.confidence < leastConfidence) {
    return abstain(
      "the words of the question fit the source too loosely to be sure of an answer",
      best.confidence,
    );
  }
  const { sql, params } = renderQuery(best.query, tables);
  return {
    kind: "answer",
    provenance: "generated",
    sql,
    params,
    confidence: best.confidence,
    restatement: restate(best.query, tables),
    warnings: warningsOfQuery(best.query, schema),
  };
}

function abstain(reason: string, confidence: number): AskOutcome {
  return { kind: "abstain", reason, confidence };
}

function unread(reason: string, confidence: number): RulesAnswer {
  return { outcome: abstain(reason, confidence), readings: [], defined: false };
}

function filledIn(question: string, slots: readonly string[], params: readonly unknown[]): string {
  return slots.reduce(
    (text, slot, at) =>
      text.replace(new RegExp(`\\{${slot}:\\w+\\}`, "g"), () => String(params[at])),
    question,
  );
}

/** Answers a question that differs from a verified one only in its wording and its values, and no other question. */
import type { AskedInput, AskOutcome } from "./ports.ts";
import { type RetrievedExample, retrieveExamples } from "./retrieve-examples.ts";
import { indexSchema } from "./schema-index.ts";
import { namesOnlyKnownTables } from "./sql-tables.ts";

const candidates = 8;
/** With every word accounted for likeness is seldom lower; where it is, too little was said to be sure. */
const leastSimilarity = 0.6;
/** Two examples as alike as this that differ in SQL: neither is taken. */
const tie = 0.03;
/** Never as sure as of the very question that was verified. */
const mostConfidence = 0.95;

export function answerByExample(question: string, input: AskedInput): AskOutcome | undefined {
  const { schema, semantics, examples, now, rejected = [] } = input;
  const index = indexSchema(schema, semantics);
  const fitting = retrieveExamples(question, examples, index, candidates, now)
    .filter(
      ({ example, similarity, complete, adapted }) =>
        complete &&
        adapted !== null &&
        similarity >= leastSimilarity &&
        !rejected.includes(adapted.sql) &&
        !rejected.includes(example.sql) &&
        namesOnlyKnownTables(example.sql, schema),
    )
    .toSorted((left, right) => right.similarity - left.similarity);
  const [best] = fitting;
  if (best === undefined || best.adapted === null) return undefined;
  const rival = fitting.find(
    (one) => one.adapted?.sql !== best.adapted?.sql && best.similarity - one.similarity < tie,
  );
  if (rival !== undefined) return undefined;
  return {
    kind: "answer",
    provenance: "generated",
    ...best.adapted,
    confidence: Math.round(100 * mostConfidence * best.similarity) / 100,
    restatement: restateExample(best),
  };
}

/** The verified question, and what stands in place of its values. */
export function restateExample({ example, valueMapping }: RetrievedExample): string {
  const changed = valueMapping.filter(({ from, to }) => from !== to);
  const inPlace =
    changed.length === 0
      ? ""
      : ` (with ${changed.map(({ from, to }) => `${to} for ${from}`).join(", ")})`;
  return `Like the verified question: ${example.question}${inPlace}`;
}

/** The verified examples that are most like a question, for a prompt. */
import type { AskedInput } from "./ports.ts";
import { retrieveExamples } from "./retrieve-examples.ts";
import { indexSchema } from "./schema-index.ts";

export interface ToldExample {
  readonly question: string;
  readonly sql: string;
}

const MOST = 4;
/** Looked through for those that fit into what is left of the prompt. */
const NEAREST = 12;
/** Less likeness than this is a few letters in common. */
const LEAST_SIMILARITY = 0.15;

/** At most `maxBytes` of JSON, the most alike first. */
export function toldExamples(
  { question, schema, semantics, examples, now }: AskedInput,
  maxBytes: number,
): readonly ToldExample[] {
  const told: ToldExample[] = [];
  let bytes = 2;
  const index = indexSchema(schema, semantics);
  for (const { example, similarity } of retrieveExamples(question, examples, index, NEAREST, now)) {
    const one = { question: example.question, sql: example.sql };
    const size = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (similarity < LEAST_SIMILARITY || told.length === MOST || bytes + size > maxBytes) continue;
    bytes += size;
    told.push(one);
  }
  return told;
}

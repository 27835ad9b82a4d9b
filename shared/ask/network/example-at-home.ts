/**
 * How well the network understands a verified example: how likely it holds the example's SQL over the example's own
 * question. Where it understands that and not the same SQL over another question, the two ask different things.
 */

import type { SourceSchema } from "../../sources/ports.ts";
import type { AskedInput, VerifiedExample } from "../ports.ts";
import { normaliseText } from "../tokens.ts";
import { type SelectReader, Unsupported } from "./parsed-sql.ts";
import type { QuestionNetwork } from "./question-network.ts";
import { programOf } from "./sql-to-program.ts";
import { withoutImpliedGroups } from "./tidy-program.ts";

export interface ExampleReader {
  readonly network: QuestionNetwork;
  readonly readSql: SelectReader;
}

const known = new WeakMap<SourceSchema, WeakMap<VerifiedExample, number | undefined>>();

/** Undefined where there is nothing to compare with: the question has slots, or its SQL says what it does not. */
export function scoreAtHome(
  reader: ExampleReader,
  example: VerifiedExample,
  { schema, now }: Pick<AskedInput, "schema" | "now">,
): number | undefined {
  const scores = known.get(schema) ?? new WeakMap<VerifiedExample, number | undefined>();
  known.set(schema, scores);
  if (!scores.has(example)) {
    scores.set(example, example.slots.length > 0 ? undefined : score(reader, example, schema, now));
  }
  return scores.get(example);
}

function score(
  { network, readSql }: ExampleReader,
  { question, sql }: VerifiedExample,
  schema: SourceSchema,
  now: AskedInput["now"],
): number | undefined {
  const select = readSql(sql);
  const reading = network.read(normaliseText(question), schema, now);
  try {
    const { program, missing } = programOf(select ?? {}, reading.graph, reading.candidates);
    return missing.length > 0 ? undefined : network.score(reading, withoutImpliedGroups(program));
  } catch (error) {
    if (error instanceof Unsupported) {
      return undefined;
    }
    throw error;
  }
}

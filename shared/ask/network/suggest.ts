/** What others suggest for a question: the rules' readings of it, and the verified examples like it. */
import type { AskedInput } from "../ports.ts";
import type { Reading } from "../readings.ts";
import { type ExampleReader, scoreAtHome } from "./example-at-home.ts";
import { keyPreference } from "./key-preference.ts";
import type { QuestionReading } from "./question-network.ts";
import { suggestFromExamples, suggestStatements } from "./suggest-examples.ts";
import { suggestByRules } from "./suggest-rules.ts";
import type { Suggestion } from "./suggestion.ts";
import { withoutImpliedGroups } from "./tidy-program.ts";

/** So many examples are read for how well the network understands them: each costs as much as the question itself. */
const MOST_AT_HOME = 3;

export function suggestionsFor(
  reader: ExampleReader,
  reading: QuestionReading,
  input: AskedInput,
  readings: readonly Reading[],
): readonly Suggestion[] {
  const { tables } = input.schema;
  const ruled = suggestByRules(reading, readings, tables, keyPreference(reading)).map((one) => ({
    ...one,
    program: withoutImpliedGroups(one.program),
  }));
  const taught = suggestFromExamples(reading, input, reader.readSql).map((one, at) => ({
    ...one,
    atHome: at < MOST_AT_HOME ? scoreAtHome(reader, one.example, input) : undefined,
  }));
  return [...ruled, ...taught, ...suggestStatements(reading, input, reader.readSql)];
}

/** What others suggest for a question: the rules' readings of it, and the verified examples like it. */
import type { AskedInput } from "../ports.ts";
import type { Reading } from "../readings.ts";
import { keyPreference } from "./key-preference.ts";
import type { SelectReader } from "./parsed-sql.ts";
import type { QuestionReading } from "./question-network.ts";
import { suggestFromExamples, suggestStatements } from "./suggest-examples.ts";
import { suggestByRules } from "./suggest-rules.ts";
import type { Suggestion } from "./suggestion.ts";
import { withoutImpliedGroups } from "./tidy-program.ts";

/**
 * An example that is less likely to ask the same answers another question, however well its SQL would explain the words:
 * "customers above 10000" is not "big spenders above 10000" (0.34).
 */
const LEAST_LIKENESS = 0.35;

export function suggestionsFor(
  readSql: SelectReader,
  reading: QuestionReading,
  input: AskedInput,
  readings: readonly Reading[],
): readonly Suggestion[] {
  const { tables } = input.schema;
  const ruled = suggestByRules(reading, readings, tables, keyPreference(reading)).map((one) => ({
    ...one,
    program: withoutImpliedGroups(one.program),
  }));
  const verified = [
    ...suggestFromExamples(reading, input, readSql),
    ...suggestStatements(reading, input, readSql),
  ];
  return [...ruled, ...verified.filter(({ worth }) => worth >= LEAST_LIKENESS)];
}

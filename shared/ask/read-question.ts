/** What the keepers of examples read of a question, in one piece. */
import { questionKey } from "./examples.ts";
import { generalise } from "./generalise.ts";
import { maskQuestion } from "./masked.ts";
import type { DateReader, QuestionReader } from "./ports.ts";
import { indexSchema } from "./schema-index.ts";
import { coversKey, parseTemplate } from "./template.ts";

export function createQuestionReader(loadDates: () => Promise<DateReader>): QuestionReader {
  return {
    parseTemplate,
    keyOf: questionKey,
    covers: coversKey,
    mask: async (question, schema, at) =>
      maskQuestion(question, indexSchema(schema), { at, dates: await loadDates() }),
    generalise: async (answered) => generalise(answered, await loadDates()),
  };
}

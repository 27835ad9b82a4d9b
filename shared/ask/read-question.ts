/** What the keepers of examples read of a question, in one piece. */
import { questionKey } from "./examples.ts";
import { generalise } from "./generalise.ts";
import { maskQuestion } from "./masked.ts";
import type { QuestionReader } from "./ports.ts";
import { indexSchema } from "./schema-index.ts";
import { coversKey, parseTemplate } from "./template.ts";

export const questionReader: QuestionReader = {
  parseTemplate,
  keyOf: questionKey,
  covers: coversKey,
  mask: (question, schema, now) => maskQuestion(question, indexSchema(schema), now),
  generalise,
};

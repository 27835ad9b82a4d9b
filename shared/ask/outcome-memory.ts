/** What was worked out is kept for those who see the same: schema and examples are the same objects for them. */
import type { AskInput } from "./ports.ts";

/** @param make What is kept for one schema with one set of examples; it goes when either of them does. */
export function createOutcomeMemory<T extends object>(make: () => T) {
  const memory = new WeakMap<object, WeakMap<object, T>>();
  return ({ schema, examples }: Pick<AskInput, "schema" | "examples">): T => {
    const byExamples = memory.get(schema) ?? new WeakMap<object, T>();
    memory.set(schema, byExamples);
    const kept = byExamples.get(examples) ?? make();
    byExamples.set(examples, kept);
    return kept;
  };
}

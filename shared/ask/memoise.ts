/** The engine is pure, so that a question asked again over the same schema, examples and minute has the same outcome. */
import { LRUCache } from "lru-cache";
import type { AskEngine, AskInput, AskOutcome } from "./ports.ts";

const ENTRIES = 2_000;

export function memoiseAsk(engine: AskEngine): AskEngine {
  const memory = new WeakMap<object, WeakMap<object, LRUCache<string, AskOutcome>>>();
  const outcomesOf = ({ schema, examples }: AskInput): LRUCache<string, AskOutcome> => {
    const byExamples = memory.get(schema) ?? new WeakMap<object, LRUCache<string, AskOutcome>>();
    memory.set(schema, byExamples);
    const outcomes = byExamples.get(examples) ?? new LRUCache<string, AskOutcome>({ max: ENTRIES });
    byExamples.set(examples, outcomes);
    return outcomes;
  };
  return {
    version: engine.version,
    ...(engine.prepare && { prepare: engine.prepare }),
    async ask(input) {
      const outcomes = outcomesOf(input);
      const { now, question, semantics, rejected = [], thresholds = null } = input;
      const key = JSON.stringify([now, question, semantics?.version ?? null, rejected, thresholds]);
      const known = outcomes.get(key);
      if (known !== undefined) return known;
      const outcome = await engine.ask(input);
      outcomes.set(key, outcome);
      return outcome;
    },
  };
}

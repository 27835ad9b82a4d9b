/** The engine is pure, so that a question asked again over the same schema, examples and minute has the same outcome. */
import { LRUCache } from "lru-cache";
import { createOutcomeMemory } from "./outcome-memory.ts";
import type { AskEngine, AskOutcome } from "./ports.ts";

const ENTRIES = 2_000;

export function memoiseAsk(engine: AskEngine): AskEngine {
  const outcomesOf = createOutcomeMemory(() => new LRUCache<string, AskOutcome>({ max: ENTRIES }));
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

/** The question engine with a language model behind it, which is asked where the engine is in doubt and never in its place. */
import { LRUCache } from "lru-cache";
import { errorFields } from "../kernel/logger.ts";
import { createSingleFlight } from "../kernel/single-flight.ts";
import { longestQuestion } from "./engine.ts";
import { type Cost, consult, type DialogueDeps, type Said } from "./llm-dialogue.ts";
import { createLlmPause } from "./llm-pause.ts";
import { createOutcomeMemory } from "./outcome-memory.ts";
import type { AskCall, AskEngine, AskInput, AskOutcome } from "./ports.ts";
import { restateSql } from "./restate-sql.ts";

export interface LlmAskDeps extends DialogueDeps {
  readonly settings: DialogueDeps["settings"] & {
    /** The model is asked where the engine's answer is less sure than this, 0 … 1. */
    readonly askBelow: number;
  };
}

/** What a model says of its own sureness is not calibrated: it never outranks a verified or a well-founded answer. */
const HIGHEST_CONFIDENCE = 0.75;
/** Below this the model itself takes its answer for a guess. */
const LEAST_CONFIDENCE = 0.4;
const ENTRIES = 500;

/** Kept for the day that the prompt named: what came of asking, never a failure to ask. */
type Settled = Exclude<Said, { kind: "failed" }>;

/**
 * Whatever goes wrong with the model, the outcome is the engine's own: asking never fails a query. Throws only the
 * reason of the call's signal.
 */
export function createLlmAsk(engine: AskEngine, deps: LlmAskDeps): AskEngine {
  const memory = createOutcomeMemory(() => ({
    settled: new LRUCache<string, Settled>({ max: ENTRIES }),
    // Who asks the same at the same time waits for the one answer: it is paid for once.
    flights: createSingleFlight<Settled | null>(),
  }));
  const pause = createLlmPause(deps.clock);
  const ask = async (input: AskInput, call: AskCall): Promise<Settled | null> => {
    const { settled, flights } = memory(input);
    const key = memoryKey(input, call);
    const known = settled.get(key);
    if (known !== undefined) return known;
    if (pause.active()) return null;
    return flights.run(key, call.signal, async (signal) => {
      const { said, cost } = await consult(deps, input, { ...call, signal });
      pause.note(said.kind === "failed" ? said : null);
      note(deps, call, said, cost);
      if (said.kind === "failed") return null;
      settled.set(key, said);
      return said;
    });
  };
  return {
    version: `${engine.version}+${deps.model.name}`,
    ...(engine.prepare && { prepare: engine.prepare }),
    async ask(input) {
      const own = await engine.ask(input);
      const { call } = input;
      if (call === undefined || !isDoubtful(own, input, deps.settings.askBelow)) return own;
      try {
        const said = await ask(input, call);
        if (said === null || said.kind === "nothing") return own;
        return input.rejected?.includes(said.sql) ? own : better(own, said);
      } catch (error) {
        call.signal.throwIfAborted();
        call.log.warn("the language model could not be asked", {
          requestId: call.requestId,
          model: deps.model.name,
          ...errorFields(error),
        });
        return own;
      }
    },
  };
}

function isDoubtful(own: AskOutcome, { question }: AskInput, askBelow: number): boolean {
  if (question.trim() === "" || question.length > longestQuestion) return false;
  if (own.kind !== "answer") return true;
  return own.provenance === "generated" && own.confidence < askBelow;
}

function better(own: AskOutcome, said: Extract<Said, { kind: "statement" }>): AskOutcome {
  const confidence = Math.min(HIGHEST_CONFIDENCE, said.confidence);
  if (confidence < LEAST_CONFIDENCE) return own;
  if (own.kind === "answer" && own.confidence >= confidence) return own;
  const { sql, params, verdict } = said;
  return {
    kind: "answer",
    provenance: "generated",
    sql,
    params,
    confidence,
    restatement: restateSql(verdict.canonicalSql, params, verdict.tables),
  };
}

const memoryKey = ({ now, question }: AskInput, { dialect }: AskCall): string =>
  `${dialect}\n${new Date(now).toISOString().slice(0, 10)}\n${question}`;

/** Numbers and codes only: no question, SQL or text of the model goes into the log. */
function note({ model }: LlmAskDeps, { log, requestId }: AskCall, said: Said, cost: Cost): void {
  const { calls, promptTokens, completionTokens } = cost;
  const fields = { requestId, model: model.name, calls, promptTokens, completionTokens };
  if (said.kind === "failed")
    log.warn("the language model gave no usable answer", {
      ...fields,
      reason: said.reason,
      detail: said.detail,
    });
  else log.info("the language model was asked", { ...fields, outcome: said.kind });
}

/** The options that both commands share. */

import { parseArgs } from "node:util";
import { loadDateReader } from "../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../shared/ask/engine.ts";
import { createNetworkAsk } from "../shared/ask/network/network-ask.ts";
import type { AskEngine } from "../shared/ask/ports.ts";
import { loadQuestionNetwork } from "../shared/compose-network.ts";
import type { SemanticModel } from "../shared/contract/semantic-model.ts";
import { DEMO } from "./find-databases.ts";
import { DEMO_MODEL, readModelFile } from "./read-model.ts";
import { defaultBudget, type EvaluationOptions } from "./run-evaluation.ts";

/** The day on which the sample questions' golds are written, at noon. */
const DEFAULT_NOW = "2026-05-14T12:00:00Z";

const shared = {
  engine: { type: "string", default: "pglite" },
  now: { type: "string", default: DEFAULT_NOW },
  report: { type: "string" },
  compare: { type: "string" },
  timeout: { type: "string", default: String(defaultBudget.timeoutMs) },
} as const;

export function readArgs() {
  const { values } = parseArgs({
    options: {
      ...shared,
      questions: { type: "string" },
      database: { type: "string" },
      seeded: { type: "string", default: "0" },
      model: { type: "string" },
    },
  });
  return values;
}

export function readSpiderArgs() {
  const { values } = parseArgs({
    options: {
      ...shared,
      spider: { type: "string" },
      /** Another file of the same columns, such as the training questions. */
      file: { type: "string", default: "test_queries.csv" },
      shares: { type: "string", default: "0,25,50,100" },
    },
  });
  return values;
}

/** As the product composes it, without a language model. */
export function createEvaluatedEngine(): AskEngine {
  return createNetworkAsk(createAskEngine(loadDateReader), loadQuestionNetwork, loadDateReader);
}

/** @throws Error naming the option that is wrong. */
export function evaluationOptions(
  values: { engine: string; now: string; timeout: string },
  databases: string,
  model: SemanticModel | null = null,
): EvaluationOptions {
  const { engine: postgres } = values;
  const now = Date.parse(values.now);
  const timeoutMs = Number(values.timeout);
  if (postgres !== "pglite" && postgres !== "postgres")
    throw new Error("--engine must be pglite or postgres");
  if (Number.isNaN(now)) throw new Error("--now must be an ISO time");
  if (!(timeoutMs > 0)) throw new Error("--timeout must be a number of milliseconds");
  return {
    engine: createEvaluatedEngine(),
    postgres,
    databases,
    now,
    budget: { ...defaultBudget, timeoutMs },
    model,
    say: (line) => console.error(line),
  };
}

/** The file given, `none`, or what comes with the sample source. */
export async function evaluationModel(
  file: string | undefined,
  databases: string,
): Promise<SemanticModel | null> {
  const chosen = file ?? (databases === DEMO ? DEMO_MODEL : "none");
  return chosen === "none" ? null : readModelFile(chosen);
}

export function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

/** @throws Error for anything but a whole percentage. */
export function percentage(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 100)
    throw new Error(`${text} is no percentage from 0 to 100`);
  return value;
}

/** A predicted statement on the product's own path: the guard's verdict, then the source's adapter, within a budget. */
import { planSql } from "../shared/query/plan-statement.ts";
import type { BoundStatement, JsonValue, SourceAdapter } from "../shared/sources/ports.ts";
import type { SqlGuard } from "../shared/sql/ports.ts";
import type { RawCell } from "./cells.ts";
import type { RunBudget, RunResult } from "./run-result.ts";
import { stripDistinct } from "./sql-tokens.ts";

export interface Prediction {
  readonly sql: string;
  readonly params: readonly JsonValue[];
}

export type PredictionRunner = (prediction: Prediction) => Promise<RunResult>;

/** Larger results are run again rather than kept. */
const MAX_KEPT_ROWS = 1_000;

/** Remembers small results: the rounds of a seeded run mostly predict the same statements. */
export function createPredictionRunner(
  adapter: SourceAdapter,
  guard: SqlGuard,
  budget: RunBudget,
): PredictionRunner {
  const known = new Map<string, RunResult>();
  const run = runPrediction(adapter, guard, budget);
  return async (prediction) => {
    const key = JSON.stringify([prediction.sql, prediction.params]);
    const result = known.get(key) ?? (await run(prediction));
    if (result.kind === "failed" || result.rows.length <= MAX_KEPT_ROWS) known.set(key, result);
    return result;
  };
}

function runPrediction(
  adapter: SourceAdapter,
  guard: SqlGuard,
  budget: RunBudget,
): PredictionRunner {
  return async ({ sql, params }) => {
    try {
      // Judged as the engine wrote it; DISTINCT goes after that, as the comparison wants it.
      await planSql(guard, sql, params);
    } catch (error) {
      return { kind: "failed", why: `the guard: ${messageOf(error)}` };
    }
    return runInSource(adapter, { sql: stripDistinct(sql), params }, budget);
  };
}

/** Beyond the adapter's own time limit: a call that never settles must not stop the evaluation. */
const GRACE_MS = 60_000;

export async function runInSource(
  adapter: SourceAdapter,
  statement: BoundStatement,
  budget: RunBudget,
): Promise<RunResult> {
  try {
    const signal = AbortSignal.timeout(budget.timeoutMs + GRACE_MS);
    const stream = await adapter.execute(statement, budget, signal);
    const rows: RawCell[][] = [];
    for (let batch = await stream.read(); batch !== null; batch = await stream.read())
      for (const row of batch) rows.push(row.map(toRawCell));
    if (stream.truncated()) return { kind: "failed", why: "more rows or bytes than the budget" };
    return { kind: "rows", rows };
  } catch (error) {
    return { kind: "failed", why: messageOf(error) };
  }
}

/** Arrays and objects are compared as their JSON. */
function toRawCell(json: string): RawCell {
  const value = JSON.parse(json) as JsonValue;
  return typeof value === "object" && value !== null ? json : value;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

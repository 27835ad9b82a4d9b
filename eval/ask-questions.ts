/** Puts questions to the engine and judges what comes back: the heart of both commands. */
import type { AskEngine, AskOutcome, AskSemantics, VerifiedExample } from "../shared/ask/ports.ts";
import type { SourceSchema } from "../shared/sources/ports.ts";
import { sameResult } from "./compare.ts";
import type { OpenDatabase } from "./open-database.ts";
import type { Prediction } from "./prediction-runner.ts";
import type { Question } from "./question-file.ts";
import type { RunResult } from "./run-result.ts";
import { isOrdered, stripDistinct } from "./sql-tokens.ts";

export interface Candidate extends Prediction {
  readonly confidence: number;
}

export interface AskedQuestion {
  readonly id: string;
  readonly database: string;
  readonly question: string;
  readonly expect: Question["expect"];
  readonly group?: string;
  readonly gold?: string;
  readonly outcome: AskOutcome["kind"];
  readonly provenance?: "verified" | "generated";
  /** The engine's best statement whatever its doubt; absent where it has none. */
  readonly best?: Candidate;
  /** Whether `best` gives the gold's result. */
  readonly right: boolean;
  /** Why it is wrong, or why the engine did not answer. */
  readonly why?: string;
  /** Of the engine alone. */
  readonly askMs: number;
}

export interface AskDeps {
  readonly engine: AskEngine;
  readonly database: OpenDatabase;
  readonly schema: SourceSchema;
  readonly semantics: AskSemantics | undefined;
  readonly examples: readonly VerifiedExample[];
  readonly now: number;
}

/** Golds come up again and again, once for each paraphrase and each round of a seeded run. */
export function createGoldRunner(database: OpenDatabase) {
  const known = new Map<string, Promise<RunResult>>();
  return (sql: string, dialect = database.dialect): Promise<RunResult> => {
    const key = `${dialect} ${sql}`;
    const running = known.get(key) ?? database.gold(dialect).run(stripDistinct(sql));
    known.set(key, running);
    return running;
  };
}

export type GoldRunner = ReturnType<typeof createGoldRunner>;

export async function askQuestion(
  deps: AskDeps,
  gold: GoldRunner,
  one: Question,
): Promise<AskedQuestion> {
  const { engine, schema, semantics, examples, now } = deps;
  const began = performance.now();
  const outcome = await engine.ask({
    question: one.question,
    schema,
    examples,
    now,
    ...(semantics !== undefined && { semantics }),
  });
  const askMs = performance.now() - began;
  const best = bestOf(outcome);
  const verdict = await judge(deps, gold, one, best);
  const why = verdict.right || outcome.kind === "answer" ? verdict.why : reasonOf(outcome);
  return {
    id: one.id,
    database: one.database,
    question: one.question,
    expect: one.expect,
    ...(one.group !== undefined && { group: one.group }),
    ...(one.sql !== undefined && { gold: one.sql }),
    outcome: outcome.kind,
    ...(outcome.kind === "answer" && { provenance: outcome.provenance }),
    ...(best !== null && { best }),
    right: verdict.right,
    ...(why !== undefined && { why }),
    askMs,
  };
}

/** An engine that names no best guess when it asks back is taken at its first option. */
function bestOf(outcome: AskOutcome): Candidate | null {
  if (outcome.kind === "answer") {
    const { sql, params, confidence } = outcome;
    return { sql, params, confidence };
  }
  if (outcome.best !== undefined) return outcome.best;
  const [first] = outcome.kind === "clarify" ? outcome.options : [];
  if (first === undefined) return null;
  return { sql: first.sql, params: first.params, confidence: outcome.confidence };
}

function reasonOf(outcome: AskOutcome): string | undefined {
  return outcome.kind === "answer" ? undefined : outcome.reason;
}

async function judge(
  { database }: AskDeps,
  runGold: GoldRunner,
  one: Question,
  best: Candidate | null,
): Promise<{ right: boolean; why?: string }> {
  if (one.sql === undefined || best === null) return { right: false };
  const gold = await runGold(one.sql, one.dialect);
  if (gold.kind === "failed") return { right: false, why: `the gold: ${gold.why}` };
  const predicted = await database.predictions(best);
  if (predicted.kind === "failed") return { right: false, why: predicted.why };
  const right = sameResult(gold.rows, predicted.rows, isOrdered(one.sql));
  if (right) return { right };
  return {
    right,
    why: `other result: ${size(predicted.rows)} instead of ${size(gold.rows)}`,
  };
}

function size(rows: readonly (readonly unknown[])[]): string {
  return `${rows.length} × ${rows[0]?.length ?? 0}`;
}

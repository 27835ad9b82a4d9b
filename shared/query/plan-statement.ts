/** From a request to a statement that may run: the question answered in SQL, the guard's verdict, the parameters counted. */
import type { AskCall, AskEngine, AskOutcome, AskSemantics, AskThresholds } from "../ask/ports.ts";
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { JsonValue, SourceSchema, SqlDialect } from "../sources/ports.ts";
import type { AllowedStatement, SqlGuard, SqlGuards } from "../sql/ports.ts";
import type { StoredExample } from "./ports.ts";

export interface PlannedStatement {
  readonly kind: "statement";
  readonly sql: string;
  readonly params: readonly JsonValue[];
  readonly provenance: "verified" | "generated" | "given";
  readonly confidence: number;
  readonly restatement: string | null;
  /** What whoever reads the rows should know of how a question was answered. */
  readonly warnings: readonly string[];
  /** The semantic model that a question was answered with; null where none had a part in it. */
  readonly semanticModelVersion: string | null;
  readonly allowed: AllowedStatement;
  readonly guardVersion: string;
}

export type Doubt = Exclude<AskOutcome, { kind: "answer" }>;
export type Plan = PlannedStatement | Doubt;

export interface PlanDeps {
  readonly guards: SqlGuards;
  readonly ask: AskEngine;
}

/** Limits of the reader rather than verdicts about the statement: answered as bad requests. */
const LIMIT_RULES = new Set(["statement_too_long", "statement_too_complex"]);
/** "Today" and "the last two hours" move by the minute, so that a repeated question can be served from the cache. */
const MINUTE_MS = 60_000;

/** @throws AppError sql_syntax, sql_refused, sql_parameters. */
export async function planSql(
  guard: SqlGuard,
  sql: string,
  params: readonly JsonValue[],
): Promise<PlannedStatement> {
  const allowed = await guardStatement(guard, sql);
  if (allowed.parameterCount !== params.length) {
    const message = `The statement has ${allowed.parameterCount} parameter${allowed.parameterCount === 1 ? "" : "s"} and ${params.length} value${params.length === 1 ? " was" : "s were"} sent.`;
    throw new AppError("sql_parameters", message, {
      fields: [{ pointer: "/params", message: `must hold ${allowed.parameterCount} values` }],
    });
  }
  return {
    kind: "statement",
    sql,
    params,
    provenance: "given",
    confidence: 1,
    restatement: null,
    warnings: [],
    semanticModelVersion: null,
    allowed,
    guardVersion: guard.version,
  };
}

const calledWrong: Doubt = {
  kind: "abstain",
  reason: "the answer I have for this question was called wrong",
  confidence: 0.9,
};

/** SQL that the engine made passes the same guard as anybody's. */
export async function planQuestion(
  { guard, ask }: { guard: SqlGuard; ask: AskEngine },
  question: string,
  knowledge: Knowledge,
  now: number,
): Promise<Plan> {
  const outcome = await ask.ask({
    question,
    ...knowledge,
    now: Math.floor(now / MINUTE_MS) * MINUTE_MS,
  });
  if (outcome.kind !== "answer") return outcome;
  // Whatever engine it is: what was called wrong is not said again.
  if (knowledge.rejected.includes(outcome.sql)) return calledWrong;
  const planned = await planSql(guard, outcome.sql, outcome.params);
  return {
    ...planned,
    provenance: outcome.provenance,
    confidence: outcome.confidence,
    restatement: outcome.restatement,
    warnings: outcome.warnings ?? [],
    semanticModelVersion:
      outcome.provenance === "generated" ? (knowledge.semantics?.version ?? null) : null,
  };
}

/** What questions are answered from. */
export interface Knowledge {
  readonly schema: SourceSchema;
  readonly examples: readonly StoredExample[];
  /** SQL that was called wrong for this very question. */
  readonly rejected: readonly string[];
  readonly semantics?: AskSemantics;
  readonly thresholds?: AskThresholds;
  readonly call?: AskCall;
}

export async function planRequest(
  { guards, ask }: PlanDeps,
  dialect: SqlDialect,
  request: QueryRequest,
  knowledge: Knowledge,
  now: number,
): Promise<Plan> {
  const guard = await guards.of(dialect);
  if (request.question !== undefined)
    return planQuestion({ guard, ask }, request.question, knowledge, now);
  return planSql(guard, request.sql ?? "", request.params ?? []);
}

export async function guardStatement(guard: SqlGuard, sql: string): Promise<AllowedStatement> {
  const verdict = await guard.check(sql);
  if (verdict.verdict === "allow") return verdict;
  if (verdict.verdict === "syntax_error") {
    throw new AppError(
      "sql_syntax",
      `Line ${verdict.line}, column ${verdict.column}: ${verdict.message}`,
      {
        fields: [
          {
            pointer: "/sql",
            message: `line ${verdict.line}, column ${verdict.column}: ${verdict.message}`,
          },
        ],
      },
    );
  }
  const fields = verdict.reasons.map((reason) => ({ pointer: "/sql", message: reason.message }));
  const [first] = verdict.reasons;
  const code = first && LIMIT_RULES.has(first.rule) ? "request_invalid" : "sql_refused";
  throw new AppError(code, first?.message ?? "The statement is not allowed.", {
    fields,
    meta: { rule: first?.rule ?? "unknown" },
  });
}

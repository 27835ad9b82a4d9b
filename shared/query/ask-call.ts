/** What an engine that asks a service is told of the call, with a judge of statements that nobody has run yet. */
import type { AskCall, StatementFault, StatementVerdict } from "../ask/ports.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { ErrorCode } from "../kernel/error-catalogue.ts";
import { missingOf } from "../kernel/missing-name.ts";
import { thereIsNo } from "../kernel/nearest-names.ts";
import { meansTable, shownTable } from "../kernel/table-names.ts";
import type { SourceAccess } from "../policy/ports.ts";
import type { JsonValue, OpenSource } from "../sources/ports.ts";
import type { SqlGuards, TableName } from "../sql/ports.ts";
import { type PlannedStatement, planSql } from "./plan-statement.ts";
import { type RestrictedPlan, restrictPlan } from "./restrict-plan.ts";

interface JudgeDeps {
  readonly guards: SqlGuards;
}

/** A plan, not a query: enough for any that is not worth giving up. */
const PLAN_BUDGET = { maxRows: 10_000, maxBytes: 1_048_576, timeoutMs: 5_000 };

export function askCall(
  deps: JudgeDeps,
  source: OpenSource,
  access: SourceAccess,
  ctx: CallContext,
): AskCall {
  const { requestId, log, signal } = ctx;
  return {
    dialect: source.adapter.dialect,
    requestId,
    log,
    signal,
    judge: (sql, params, until) =>
      judgeStatement(deps, { source, access, signal: until }, sql, params),
  };
}

interface Place {
  readonly source: OpenSource;
  readonly access: SourceAccess;
  readonly signal: AbortSignal;
}

async function judgeStatement(
  { guards }: JudgeDeps,
  place: Place,
  sql: string,
  params: readonly JsonValue[],
): Promise<StatementVerdict> {
  try {
    const guard = await guards.of(place.source.adapter.dialect);
    return await judgePlan(place, await planSql(guard, sql, params));
  } catch (error) {
    place.signal.throwIfAborted();
    return faultOf(error);
  }
}

async function judgePlan(
  { source, access, signal }: Place,
  plan: PlannedStatement,
): Promise<StatementVerdict> {
  const { kind, tables, canonicalSql } = plan.allowed;
  if (kind !== "select") return flawed("refused", "Only a SELECT is taken.");
  // The catalogue of the source is not among its tables: no question of a user's is about it.
  const known = access.schema.tables;
  const strange = tables.find((name) => !known.some((table) => meansTable(name, table)));
  if (strange !== undefined)
    return flawed("unknown_table", thereIsNo("table", shown(strange), known.map(shownTable)));
  await planned(source, await restrictPlan(access, plan), signal);
  return { kind: "sound", canonicalSql, tables: tables.map(shown) };
}

/** @throws what of the source's own planner the caller may be told, where the statement is at fault. */
async function planned(
  { adapter }: OpenSource,
  { run, veil }: RestrictedPlan,
  signal: AbortSignal,
): Promise<void> {
  try {
    await adapter.explain(run, PLAN_BUDGET, signal);
  } catch (error) {
    signal.throwIfAborted();
    // A source that is away or slow says nothing against the statement.
    if (error instanceof AppError && faults[error.code] === undefined) return;
    throw veil(error);
  }
}

const shown = ({ schema, name }: TableName): string =>
  schema === null ? name : `${schema}.${name}`;

const faults: Partial<Readonly<Record<ErrorCode, StatementFault>>> = {
  sql_syntax: "syntax",
  sql_refused: "refused",
  request_invalid: "refused",
  sql_parameters: "parameters",
  table_not_found: "unknown_table",
  query_failed: "not_runnable",
};

/** Whether the statement itself is at fault, or may not be run: any other error says nothing against it. */
export const isFault = (error: unknown): boolean =>
  error instanceof AppError && faults[error.code] !== undefined;

function faultOf(error: unknown): StatementVerdict {
  const fault = error instanceof AppError ? faults[error.code] : undefined;
  if (!(error instanceof AppError) || fault === undefined) throw error;
  const column =
    fault === "not_runnable" &&
    (missingOf(error)?.kind === "column" || error.meta.sqlstate === "42703");
  return flawed(column ? "unknown_column" : fault, error.detail);
}

const flawed = (fault: StatementFault, message: string): StatementVerdict => ({
  kind: "flawed",
  fault,
  message,
});

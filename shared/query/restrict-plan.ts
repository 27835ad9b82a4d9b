/** A planned statement → what of it its caller may run: cut down by the policies, with the reason where nothing is left. */
import { AppError } from "../kernel/app-error.ts";
import { noteMissing } from "../kernel/missing-name.ts";
import { thereIsNo } from "../kernel/nearest-names.ts";
import { shownTable } from "../kernel/table-names.ts";
import type { SourceAccess } from "../policy/ports.ts";
import type { BoundStatement } from "../sources/ports.ts";
import type { TableName } from "../sql/ports.ts";
import type { PlannedStatement } from "./plan-statement.ts";

export interface RestrictedPlan extends PlannedStatement {
  /** What the source is sent. Not for the caller's eyes: it holds the filters. */
  readonly run: BoundStatement;
  /** The answer may change although no table does. */
  readonly volatile: boolean;
  /** Its plan would tell of rows and values that are kept back. */
  readonly narrowed: boolean;
  readonly policyFingerprint: string;
  /** What the caller may be told of an error of the source. */
  readonly veil: (error: unknown) => unknown;
}

/** @throws AppError table_not_found, sql_refused. */
export async function restrictPlan(
  access: SourceAccess,
  plan: PlannedStatement,
): Promise<RestrictedPlan> {
  const restricted = await access.restrict(plan.sql, plan.allowed);
  const veil = (error: unknown) =>
    access.veil(error, { sql: plan.sql, tables: plan.allowed.tables });
  if (restricted.kind === "missing") throw veil(tableNotFound(restricted.table));
  if (restricted.kind === "refused") {
    const [first] = restricted.reasons;
    throw new AppError("sql_refused", first?.message ?? "The statement is not allowed.", {
      fields: restricted.reasons.map((reason) => ({ pointer: "/sql", message: reason.message })),
      meta: { rule: first?.rule ?? "unknown" },
    });
  }
  return {
    ...plan,
    run: {
      sql: restricted.sql,
      params: [...plan.params, ...restricted.params],
      ...(plan.allowed.kind === "explain" && { explain: true }),
      ...(access.session !== null && { session: access.session }),
    },
    volatile: restricted.volatile,
    narrowed: restricted.narrowed,
    policyFingerprint: access.fingerprint,
    veil,
  };
}

/** The plan that EXPLAIN would show. @throws AppError sql_refused. */
export function refuseNarrowedPlan(plan: RestrictedPlan): void {
  if (!plan.narrowed) return;
  const message =
    "The plan cannot be shown: it would tell of rows and values that are kept from you.";
  throw new AppError("sql_refused", message, {
    fields: [{ pointer: "/sql", message }],
    meta: { rule: "explain_restricted" },
  });
}

function tableNotFound(table: TableName): AppError {
  const error = new AppError("table_not_found", thereIsNo("table", shownTable(table), []));
  return noteMissing(error, { kind: "table", name: table.name });
}

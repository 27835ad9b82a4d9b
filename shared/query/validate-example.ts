/** Tries an example out before it is believed: it parses, passes the guard, names what there is, and runs. */
import type { ParsedTemplate, QuestionReader } from "../ask/ports.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { PolicyEngine, SourceAccess } from "../policy/ports.ts";
import type {
  ExecutionBudget,
  JsonValue,
  OpenSource,
  SourceGateway,
  TableInfo,
} from "../sources/ports.ts";
import type { AllowedStatement, SqlGuards } from "../sql/ports.ts";
import { readsOf, tablesRead } from "./example-reads.ts";
import { guardStatement, planSql } from "./plan-statement.ts";
import type { Verification } from "./ports.ts";
import { withinLimits } from "./query-budget.ts";
import { type RestrictedPlan, restrictPlan } from "./restrict-plan.ts";
import { startStatement } from "./start-statement.ts";

export interface ValidateDeps {
  readonly sources: Pick<SourceGateway, "schema">;
  readonly policies: PolicyEngine;
  readonly guards: SqlGuards;
  readonly questions: Pick<QuestionReader, "parseTemplate" | "mask">;
}

export interface ValidExample {
  readonly template: ParsedTemplate;
  readonly verification: Verification;
  /** What of other examples the caller may see. */
  readonly readable: SourceAccess["readable"];
}

/** Enough to see that it runs. */
const TRIAL: ExecutionBudget = { maxRows: 5, maxBytes: 1_048_576, timeoutMs: 10_000 };

/** @throws AppError request_invalid, sql_syntax, sql_refused, table_not_found, query_failed, query_timeout: with pointers. */
export async function validateExample(
  deps: ValidateDeps,
  source: OpenSource,
  { question, sql }: { readonly question: string; readonly sql: string },
  ctx: CallContext,
): Promise<ValidExample> {
  const template = readTemplate(deps.questions, question);
  const guard = await deps.guards.of(source.adapter.dialect);
  const allowed = await guardStatement(guard, sql);
  requireSelect(allowed);
  requireSlots(template, allowed);
  const whole = await deps.sources.schema(source, ctx.signal);
  const access = await deps.policies.access(source, ctx.principal, whole);
  const tables = tablesRead(allowed.tables, access.schema);
  const samples = sampleValues(template, tables, ctx.now);
  const plan = await restrictPlan(access, await planSql(guard, sql, samples));
  await tryOut(source, plan, ctx);
  return {
    template,
    readable: access.readable,
    verification: {
      maskedQuestion: await deps.questions.mask(question, access.schema, ctx.now),
      canonicalSql: allowed.canonicalSql,
      reads: readsOf(allowed.canonicalSql, tables),
      schemaVersion: whole.version,
      verifiedAt: ctx.now,
      verifiedBy: ctx.principal.id,
    },
  };
}

function readTemplate(
  questions: Pick<QuestionReader, "parseTemplate">,
  question: string,
): ParsedTemplate {
  try {
    return questions.parseTemplate(question);
  } catch (error) {
    const message = error instanceof Error ? error.message : "is not a question template";
    throw new AppError("request_invalid", `/question: ${message}`, {
      fields: [{ pointer: "/question", message }],
    });
  }
}

function requireSelect({ kind }: AllowedStatement): void {
  if (kind === "select") return;
  throw new AppError("request_invalid", "An example's SQL must be a SELECT.", {
    fields: [{ pointer: "/sql", message: "must be a SELECT" }],
  });
}

function requireSlots({ slots }: ParsedTemplate, { parameterCount }: AllowedStatement): void {
  if (parameterCount === slots.length) return;
  const message = `the question has ${slots.length} slots and the SQL ${parameterCount} parameters`;
  throw new AppError(
    "request_invalid",
    `An example needs one slot for each parameter: ${message}.`,
    { fields: [{ pointer: "/sql", message }] },
  );
}

/** One value of each slot's type; a stored one where the tables that are read list some. */
function sampleValues(
  { types, slots }: ParsedTemplate,
  tables: readonly TableInfo[],
  now: number,
): readonly JsonValue[] {
  const stored = tables.flatMap((table) => table.columns).find(({ values }) => values?.length);
  const today = new Date(now).toISOString();
  return types.map((type, at) => {
    if (type === "int") return 1;
    if (type === "date") return today.slice(0, 10);
    if (type === "value") return stored?.values?.[0] ?? "a";
    if (type === "text") return "a";
    return slots[at]?.endsWith("_from") ? new Date(now - 86_400_000).toISOString() : today;
  });
}

/** Run, not only planned: a cast that no row survives is no example. */
async function tryOut(source: OpenSource, plan: RestrictedPlan, ctx: CallContext): Promise<void> {
  const holders = { source: source.record, principal: ctx.principal };
  try {
    const stream = await startStatement(source, plan, withinLimits(TRIAL, holders), ctx);
    try {
      await stream.read();
    } finally {
      await stream.close();
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    throw new AppError(error.code, error.detail, {
      fields: [{ pointer: "/sql", message: error.detail }],
      meta: error.meta,
      cause: error,
    });
  }
}

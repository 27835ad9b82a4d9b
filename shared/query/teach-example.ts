/** Saves and removes verified examples. One that does not parse, pass the guard and plan on its source is not saved. */
import type { ParsedTemplate } from "../ask/ports.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { newId } from "../kernel/ids.ts";
import type { PolicyEngine } from "../policy/ports.ts";
import type { SourceAdapter, SourceGateway } from "../sources/ports.ts";
import type { SqlGuards } from "../sql/ports.ts";
import { guardStatement, planSql } from "./plan-statement.ts";
import type { ExampleStore, StoredExample } from "./ports.ts";
import { type RestrictedPlan, restrictPlan } from "./restrict-plan.ts";

export interface TeachDeps {
  readonly sources: Pick<SourceGateway, "resolve" | "schema">;
  readonly policies: PolicyEngine;
  readonly examples: Pick<ExampleStore, "put">;
  readonly guards: SqlGuards;
  /** Reads the slots of a question template. @throws Error that says what is wrong with it. */
  readonly parseTemplate: (question: string) => ParsedTemplate;
}

/** @throws AppError request_invalid, sql_syntax, sql_refused, query_failed, source_not_found. */
export async function teachExample(
  deps: TeachDeps,
  request: { source?: string | undefined; question: string; sql: string },
  ctx: CallContext,
): Promise<StoredExample> {
  const source = await deps.sources.resolve(request.source, ctx.principal);
  const { record, adapter } = source;
  const template = readTemplate(deps, request.question);
  const guard = await deps.guards.of(adapter.dialect);
  const allowed = await guardStatement(guard, request.sql);
  if (allowed.kind !== "select")
    throw new AppError("request_invalid", "An example's SQL must be a SELECT.", {
      fields: [{ pointer: "/sql", message: "must be a SELECT" }],
    });
  if (allowed.parameterCount !== template.slots.length) {
    const message = `the question has ${template.slots.length} slots and the SQL ${allowed.parameterCount} parameters`;
    throw new AppError(
      "request_invalid",
      `An example needs one slot for each parameter: ${message}.`,
      { fields: [{ pointer: "/sql", message }] },
    );
  }
  const planned = await planSql(
    guard,
    request.sql,
    template.slots.map(() => null),
  );
  const schema = await deps.sources.schema(source, ctx.signal);
  const access = await deps.policies.access(source, ctx.principal, schema);
  await tryOut(adapter, await restrictPlan(access, planned), ctx.signal);
  const example: StoredExample = {
    exampleId: newId("ex", ctx.now),
    sourceId: record.sourceId,
    question: request.question,
    sql: request.sql,
    slots: template.slots,
    createdAt: ctx.now,
    createdBy: ctx.principal.id,
  };
  await deps.examples.put(example, template.key);
  return example;
}

/** Planned, not run: a slot's value is not known yet, and a plan finds every missing table, column and type. */
async function tryOut(
  adapter: SourceAdapter,
  { run, veil }: RestrictedPlan,
  signal: AbortSignal,
): Promise<void> {
  const budget = { maxRows: 1_000, maxBytes: 1_048_576, timeoutMs: 10_000 };
  try {
    await adapter.explain(run, budget, signal);
  } catch (error) {
    throw veil(error);
  }
}

function readTemplate(deps: TeachDeps, question: string): ParsedTemplate {
  try {
    return deps.parseTemplate(question);
  } catch (error) {
    const message = error instanceof Error ? error.message : "is not a question template";
    throw new AppError("request_invalid", `/question: ${message}`, {
      fields: [{ pointer: "/question", message }],
    });
  }
}

/** @throws AppError example_not_found. */
export async function removeExample(
  deps: { examples: Pick<ExampleStore, "remove"> },
  exampleId: string,
  ctx: CallContext,
): Promise<void> {
  if (
    !(await deps.examples.remove(
      exampleId,
      ctx.principal.sources === "all" ? "all" : [...ctx.principal.sources],
    ))
  )
    throw new AppError(
      "example_not_found",
      `There is no example ${exampleId} that can be removed.`,
    );
}

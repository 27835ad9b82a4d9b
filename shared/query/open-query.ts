/** The query path for those who take rows as they come: plan and guard as for everybody, then a stream in place of an answer. */
import type { QueryRequest } from "../contract/query.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type {
  ExecutionBudget,
  JsonRow,
  OpenSource,
  ResultColumn,
  ResultStream,
} from "../sources/ports.ts";
import { type AskingModelDeps, askingModel } from "./asking-model.ts";
import { codeOf, noteEnd, notePlanned, startTrace } from "./note-query.ts";
import type { NamedModel } from "./ports.ts";
import { withinLimits } from "./query-budget.ts";
import { distinctNames, rowWriter } from "./rendered-result.ts";
import type { RestrictedPlan } from "./restrict-plan.ts";
import { type PlanForDeps, planFor, type QueryDeps } from "./run-query.ts";
import { startStatement } from "./start-statement.ts";

/** What is asked, without the limits of an answer. */
export type StatementRequest = Pick<
  QueryRequest,
  "question" | "sql" | "params" | "source" | "model" | "format"
>;

export interface OpenedQuery {
  /** With names that differ. */
  readonly columns: readonly ResultColumn[];
  readonly stream: ResultStream;
  /** One row as JSON, in the format that was asked for. */
  writeRow(row: JsonRow): string;
  /** Writes the query log's line. */
  noteEnd(outcome: { rows: number } | { error: unknown }): void;
}

/** @throws AppError as runQuery does before it executes; request_invalid for a question that has no single statement. */
export async function planQuery(
  deps: PlanForDeps & AskingModelDeps,
  request: StatementRequest,
  ctx: CallContext,
): Promise<{ readonly sourceId: string; readonly sql: string }> {
  await askingModel(deps, request.model, ctx.principal);
  const { source, plan } = await planStatement(deps, request, ctx);
  return { sourceId: source.record.sourceId, sql: plan.sql };
}

/** The caller closes the stream. @throws AppError as planQuery does, and what the source throws. */
export async function openQuery(
  deps: PlanForDeps & AskingModelDeps & Pick<QueryDeps, "queryLog">,
  request: StatementRequest,
  budget: ExecutionBudget,
  ctx: CallContext,
): Promise<OpenedQuery> {
  const note = createNote(deps, request, ctx);
  try {
    note.asked(await askingModel(deps, request.model, ctx.principal));
    const { source, plan } = await planStatement(deps, request, ctx);
    note.planned(source, plan);
    const within = withinLimits(budget, { source: source.record, principal: ctx.principal });
    const stream = await startStatement(source, plan, within, ctx);
    const columns = distinctNames(stream.columns);
    return { columns, stream, writeRow: rowWriter(columns, request.format), noteEnd: note.end };
  } catch (error) {
    note.end({ error });
    throw error;
  }
}

async function planStatement(
  deps: PlanForDeps,
  request: StatementRequest,
  ctx: CallContext,
): Promise<{ source: OpenSource; plan: RestrictedPlan }> {
  const source = await deps.sources.resolve(request.source, ctx.principal);
  // Planning reads neither limit.
  const { plan } = await planFor(
    deps,
    source,
    { ...request, max_rows: 1, timeout_ms: 1, explain: false },
    ctx,
  );
  if (plan.kind === "statement") return { source, plan };
  throw new AppError("request_invalid", `The question has no single statement: ${plan.reason}`, {
    fields: [{ pointer: "/question", message: plan.reason }],
  });
}

/** The query log's line, which says of a planned statement that no cache was asked. */
function createNote(
  deps: Pick<QueryDeps, "queryLog">,
  request: StatementRequest,
  { principal }: CallContext,
) {
  // When it runs, which for a job is later than when it was asked.
  const trace = startTrace(request, principal, Date.now());
  let provenance: RestrictedPlan["provenance"] | null = null;
  return {
    asked(model: NamedModel | null): void {
      if (model !== null) trace.model = model;
    },
    planned(source: OpenSource, plan: RestrictedPlan): void {
      trace.sourceId = source.record.sourceId;
      notePlanned(trace, plan);
      ({ provenance } = plan);
    },
    end(outcome: { rows: number } | { error: unknown }): void {
      const rowCount = "rows" in outcome ? outcome.rows : null;
      noteEnd(deps, trace, {
        outcome: "rows" in outcome ? "answer" : codeOf(outcome.error),
        provenance,
        cacheStatus: provenance === null ? null : "bypass",
        rowCount,
      });
    },
  };
}

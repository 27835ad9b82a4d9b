/** A query's outcome as the contract's JSON. The rows are text already and are not parsed again. */
import type { QueryRequest } from "../contract/query.ts";
import type { QueryOutcome, Timing } from "./query-outcome.ts";

export function renderOutcome(
  outcome: QueryOutcome,
  request: Pick<QueryRequest, "question" | "format" | "explain">,
): string {
  const timing_ms = roundTiming(outcome.timing);
  if (outcome.kind === "doubt") {
    const { doubt } = outcome;
    return JSON.stringify({
      query_id: outcome.queryId,
      kind: doubt.kind,
      source: outcome.sourceId,
      question: request.question ?? "",
      reason: doubt.reason,
      confidence: doubt.confidence,
      ...(doubt.kind === "clarify" && {
        options: doubt.options.map(({ question, sql }) => ({ question, sql })),
      }),
      timing_ms,
    });
  }
  const { plan, result, cache } = outcome;
  const head = JSON.stringify({
    query_id: outcome.queryId,
    kind: "answer",
    source: outcome.sourceId,
    question: request.question,
    sql: plan.sql,
    params: plan.params,
    provenance: plan.provenance,
    confidence: plan.confidence,
    restatement: plan.restatement ?? undefined,
    semantic_model: plan.semanticModelVersion ?? undefined,
  });
  const tail = JSON.stringify({
    row_count: result.rowCount,
    truncated: result.truncated,
    cache: {
      status: cache.status,
      age_seconds: Math.round(cache.ageSeconds * 10) / 10,
      reason: cache.reason,
    },
    timing_ms,
    suggestions: [...plan.warnings, ...suggestions(result.truncated, result.rowCount)],
  });
  return `${head.slice(0, -1)},"columns":${result.columnsJson},"rows":${result.rowsJson(request.format)},${tail.slice(1)}`;
}

function suggestions(truncated: boolean, rowCount: number): string[] {
  return truncated
    ? [`There are more rows than the ${rowCount} shown: raise max_rows, or aggregate in SQL.`]
    : [];
}

function roundTiming(timing: Timing): Record<string, number> {
  return Object.fromEntries(
    Object.entries(timing).map(([name, ms]) => [name, Math.round(ms * 1_000) / 1_000]),
  );
}

/** A query's outcome as the contract's JSON. The rows are JSON already and are not parsed again. */
import type { QueryRequest } from "../contract/query.ts";
import type { QueryOutcome, ShownOption, Timing } from "./query-outcome.ts";
import { aroundRows } from "./rendered-result.ts";

export function renderOutcome(
  outcome: QueryOutcome,
  request: Pick<QueryRequest, "question" | "format" | "explain">,
): string | Buffer {
  const timing_ms = roundTiming(outcome.timing);
  if (outcome.kind === "doubt") {
    const { doubt } = outcome;
    const text = JSON.stringify({
      query_id: outcome.queryId,
      kind: doubt.kind,
      source: outcome.sourceId,
      question: request.question ?? "",
      reason: doubt.reason,
      confidence: doubt.confidence,
      timing_ms,
    });
    return doubt.kind === "clarify"
      ? `${text.slice(0, -1)},"options":[${doubt.options.map(renderOption).join(",")}]}`
      : text;
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
  const before = `${head.slice(0, -1)},"columns":${result.columnsJson},"rows":`;
  return aroundRows(before, result, request.format, `,${tail.slice(1)}`);
}

function renderOption({ question, sql, params, preview }: ShownOption): string {
  const option = JSON.stringify({ question, sql, params });
  if (preview === undefined) return option;
  const { columns, rowCount, truncated, firstRowJson } = preview;
  const counts = JSON.stringify({
    row_count: rowCount,
    truncated,
    columns: columns.map(({ name }) => name),
  });
  return `${option.slice(0, -1)},"preview":${counts.slice(0, -1)},"first_row":${firstRowJson}}}`;
}

function suggestions(truncated: boolean, rowCount: number): string[] {
  return truncated
    ? [`There are more rows than the ${rowCount} shown: raise max_rows, or aggregate in SQL.`]
    : [];
}

function roundTiming(timing: Timing): Record<string, number> {
  const rounded: Record<string, number> = {};
  for (const [name, ms] of Object.entries(timing)) rounded[name] = Math.round(ms * 1_000) / 1_000;
  return rounded;
}

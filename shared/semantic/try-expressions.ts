/** The last check of a model's SQL: the guard of the source's dialect allows it, and the source itself can plan it. */
import type { SemanticExpression } from "../ask/ports.ts";
import { AppError, type FieldError } from "../kernel/app-error.ts";
import { quoted } from "../kernel/identifiers.ts";
import type { SourceAdapter, TableRef } from "../sources/ports.ts";
import type { SqlGuard } from "../sql/ports.ts";

export interface Tried {
  readonly pointer: string;
  readonly table: TableRef;
  readonly expression: SemanticExpression;
  readonly use: "metric" | "condition";
}

const BUDGET = { maxRows: 1_000, maxBytes: 1_048_576, timeoutMs: 10_000 };

/** All of a table in one statement; one by one only to find the culprit. @throws AppError source_unavailable and the like. */
export async function tryExpressions(
  adapter: Pick<SourceAdapter, "explain">,
  guard: SqlGuard,
  expressions: readonly Tried[],
  signal: AbortSignal,
): Promise<readonly FieldError[]> {
  const faults: FieldError[] = [];
  const groups = Map.groupBy(expressions, ({ table, use }) => JSON.stringify([table, use]));
  for (const group of groups.values()) {
    if ((await whyNot(adapter, guard, group, signal)) === null) continue;
    for (const one of group) {
      const message = await whyNot(adapter, guard, [one], signal);
      if (message !== null) faults.push({ pointer: one.pointer, message });
    }
  }
  return faults;
}

async function whyNot(
  adapter: Pick<SourceAdapter, "explain">,
  guard: SqlGuard,
  group: readonly Tried[],
  signal: AbortSignal,
): Promise<string | null> {
  const sql = statementOf(group);
  const verdict = await guard.check(sql);
  if (verdict.verdict === "syntax_error") return verdict.message;
  if (verdict.verdict === "refuse")
    return verdict.reasons.map((reason) => reason.message).join(" ");
  try {
    await adapter.explain({ sql, params: [] }, BUDGET, signal);
    return null;
  } catch (error) {
    if (error instanceof AppError && REFUSALS.has(error.code)) return error.detail;
    throw error;
  }
}

const REFUSALS: ReadonlySet<string> = new Set(["query_failed", "sql_syntax", "table_not_found"]);

function statementOf(group: readonly Tried[]): string {
  const texts = group.map(({ expression }) => `(${textOf(expression)})`);
  const { schema, name } = group[0]?.table ?? { schema: "", name: "" };
  const from = `FROM ${quoted(schema)}.${quoted(name)}`;
  return group[0]?.use === "metric"
    ? `SELECT ${texts.join(", ")} ${from}`
    : `SELECT 1 ${from} WHERE ${texts.join(" AND ")}`;
}

const textOf = ({ parts }: SemanticExpression): string =>
  parts.map((part) => (typeof part === "string" ? part : quoted(part.column))).join("");

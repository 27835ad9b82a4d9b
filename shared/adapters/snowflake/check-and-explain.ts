/** Whether the source answers, as whom and on which warehouse; and the plan it would run. */
import { AppError } from "../../kernel/app-error.ts";
import type { BoundStatement, JsonValue, ResultStream, SourceCheck } from "../../sources/ports.ts";
import { collectRows, type Query, SMALL, textOf } from "./read-rows.ts";
import { toExplainText } from "./statement-text.ts";

const CHECK_SQL =
  "SELECT CURRENT_VERSION() AS VERSION, CURRENT_ROLE() AS ROLE, CURRENT_WAREHOUSE() AS WAREHOUSE";

export async function checkSource(query: Query, signal: AbortSignal): Promise<SourceCheck> {
  const started = performance.now();
  const latencyMs = () => Math.round((performance.now() - started) * 10) / 10;
  try {
    const [row] = await query(CHECK_SQL, SMALL, signal);
    const warehouse = textOf(row, "warehouse");
    return {
      ok: warehouse !== "",
      latencyMs: latencyMs(),
      evidence: warehouse
        ? `Snowflake ${textOf(row, "version")} answered with role ${textOf(row, "role")} on warehouse ${warehouse}`
        : `Snowflake ${textOf(row, "version")} answered, but role ${textOf(row, "role")} may use no warehouse`,
    };
  } catch (error) {
    return {
      ok: false,
      latencyMs: latencyMs(),
      evidence: error instanceof AppError ? error.detail : "no answer",
    };
  }
}

/** @throws AppError query_failed where the answer is no plan. */
export async function explainStatement(
  { sql, params }: BoundStatement,
  run: (text: string, params: readonly JsonValue[]) => Promise<ResultStream>,
): Promise<JsonValue> {
  const rows = await collectRows(await run(toExplainText(sql, params.length), params));
  const plan = Object.values(rows[0] ?? {})[0];
  if (typeof plan !== "string") return plan ?? null;
  try {
    return JSON.parse(plan) as JsonValue;
  } catch {
    throw new AppError("query_failed", "The source's plan cannot be read.");
  }
}

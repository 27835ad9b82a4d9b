/** The answer to a question or statement, for people. */
import type {
  QueryAbstain,
  QueryAnswer,
  QueryClarify,
  QueryInput,
  QueryResponse,
} from "../contract-types.ts";
import { type Cell, type Column, renderTable } from "./table.ts";
import { count, duration, manyLines, oneLine, paint, type View } from "./text.ts";

/** A question's answer says how it was understood; a statement's answer need not repeat the statement. */
export type Shape = "question" | "statement";

export const shapeOf = (request: QueryInput): Shape =>
  request.question === undefined ? "statement" : "question";

export function renderResponse(response: QueryResponse, shape: Shape, view: View): string {
  switch (response.kind) {
    case "answer":
      return `${shape === "question" ? understanding(response, view) : ""}${rowsTable(response, view)}${lastLine(response, view)}${hints(response, view)}`;
    case "clarify":
      return clarify(response, view);
    case "abstain":
      return abstain(response, view);
  }
}

function understanding(answer: QueryAnswer, view: View): string {
  const restatement =
    answer.restatement === undefined
      ? ""
      : `${paint(view, "bold", manyLines(answer.restatement))}\n`;
  const params = answer.params
    .map((value, index) => `  $${index + 1} = ${oneLine(JSON.stringify(value))}\n`)
    .join("");
  const trust = `  ${answer.provenance}, confidence ${answer.confidence.toFixed(2)}, source ${oneLine(answer.source)}\n`;
  return `${restatement}${paint(view, "cyan", indent(manyLines(answer.sql)))}\n${paint(view, "dim", params)}${paint(view, "dim", trust)}\n`;
}

function rowsTable(answer: QueryAnswer, view: View): string {
  if (answer.columns.length === 0) return "";
  const rows = answer.rows.map((row) =>
    answer.columns.map((column, index) => cell(Array.isArray(row) ? row[index] : row[column.name])),
  );
  return `${renderTable(
    answer.columns.map((column, index) => tableColumn(column, rows, index)),
    rows,
    view,
  )}\n`;
}

const NUMERIC =
  /^(small|big)?int|^integer|^int\d|^numeric|^decimal|^number|^float|^double|^real|^money|serial$/i;

function tableColumn(
  column: { name: string; type: string },
  rows: readonly (readonly Cell[])[],
  index: number,
): Column {
  const values = rows.map((row) => row[index] ?? null).filter((value) => value !== null);
  const numeric =
    (NUMERIC.test(column.type) && !column.type.endsWith("[]")) ||
    (values.length > 0 && values.every((value) => typeof value === "number"));
  return { name: column.name, ...(numeric && { align: "right" as const }) };
}

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : JSON.stringify(value);
}

/** `23 rows · cache hit (4 s old) · 12 ms` */
function lastLine(answer: QueryAnswer, view: View): string {
  const { status, age_seconds: age } = answer.cache;
  const old = status === "hit" || status === "stale" ? ` (${Math.round(age)} s old)` : "";
  const cut = answer.truncated ? " (more exist; see --max-rows)" : "";
  return `${paint(view, "dim", `${count(answer.row_count, "row")}${cut} · cache ${status}${old} · ${duration(answer.timing_ms.total)}`)}\n`;
}

function hints(answer: QueryAnswer, view: View): string {
  return answer.suggestions
    .map((hint) => `${paint(view, "yellow", "hint")}  ${oneLine(hint)}\n`)
    .join("");
}

function clarify(doubt: QueryClarify, view: View): string {
  const options = doubt.options.map(
    (option, index) =>
      `  ${index + 1}. ${oneLine(option.question)}${paint(view, "cyan", shows(option))}\n${paint(view, "dim", indent(manyLines(option.sql), "     "))}\n`,
  );
  return `${paint(view, "bold", "The question can be read in more than one way.")} ${oneLine(doubt.reason)}\n${options.join("")}${paint(view, "dim", "Ask one of these instead.")}\n`;
}

/** What the option would show: its one value, or how many rows. */
function shows({ preview }: QueryClarify["options"][number]): string {
  if (preview === undefined) return "";
  const { row_count: rows, columns, first_row: first, truncated } = preview;
  const [value] = first ?? [];
  if (rows === 1 && columns.length === 1 && value !== undefined)
    return `: ${oneLine(String(cell(value)))}`;
  return `: ${count(rows, "row")}${truncated ? " or more" : ""}`;
}

function abstain(doubt: QueryAbstain, view: View): string {
  return `${paint(view, "bold", "Not answered:")} ${oneLine(doubt.reason)}\n${paint(view, "dim", `See what the source holds: mcp sources schema ${oneLine(doubt.source)}`)}\n`;
}

function indent(text: string, by = "  "): string {
  return text.replace(/^/gm, by);
}

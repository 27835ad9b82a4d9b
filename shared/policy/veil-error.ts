/** The source's errors in our own words: its own may quote a value of a row that the caller does not see. */
import { AppError } from "../kernel/app-error.ts";
import type { ErrorCode } from "../kernel/error-catalogue.ts";

/** Errors whose text is the source's. */
const QUOTING: ReadonlySet<ErrorCode> = new Set([
  "query_failed",
  "sql_parameters",
  "sql_syntax",
  "table_not_found",
]);

/** By SQLSTATE (PostgreSQL 18, appendix A). */
const WORDS: Readonly<Record<string, string>> = {
  "21000": "a subquery gave more than one row",
  "22003": "a number is out of range",
  "22007": "a text is not a date or time",
  "22008": "a date or time is out of range",
  "22012": "a number is divided by zero",
  "22P02": "a text cannot be read as the type it is cast to",
  "42702": "a column's name may mean more than one",
  "42703": "a column does not exist",
  "42712": "a table's name or alias is used twice",
  "42803": "a column must be grouped or aggregated",
  "42804": "the types of two expressions do not fit each other",
  "42883": "a function or operator does not exist for these types",
  "42P01": "a table does not exist",
  "42P10": "an ORDER BY or GROUP BY does not fit the columns",
  "53200": "the memory does not suffice",
};

export function veilError(error: unknown): unknown {
  if (!(error instanceof AppError) || !QUOTING.has(error.code)) return error;
  const state = String(error.meta.sqlstate ?? "");
  const words = WORDS[state] ?? "the statement cannot be run on it";
  const code = state === "" ? "" : ` (SQLSTATE ${state})`;
  return new AppError(error.code, `The data source refused the statement: ${words}${code}.`, {
    meta: error.meta,
    headers: error.headers,
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  });
}

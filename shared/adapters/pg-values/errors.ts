/** PostgreSQL's SQLSTATEs and the driver's connection errors → the platform's errors. */
import { AppError, type AppErrorOptions } from "../../kernel/app-error.ts";
import type { ErrorCode } from "../../kernel/error-catalogue.ts";
import { identifierAt } from "../../kernel/identifiers.ts";
import { type MissingName, noteMissing } from "../../kernel/missing-name.ts";
import { indexOf, positionOf } from "../../kernel/text-position.ts";

interface ServerError {
  readonly code?: string;
  readonly message?: string;
  /** In characters of the statement, from 1. */
  readonly position?: string;
}

/** By SQLSTATE or its class (PostgreSQL 18, appendix A). */
const byState: Readonly<Record<string, ErrorCode>> = {
  "57014": "query_timeout",
  "42P01": "table_not_found",
  "42601": "sql_syntax",
  "42P02": "sql_parameters",
  "08P01": "sql_parameters",
  "53300": "overloaded",
  "53200": "query_failed",
  "54001": "query_failed",
  "57P01": "source_unavailable",
  "57P02": "source_unavailable",
  "57P03": "source_unavailable",
  "08": "source_unavailable",
  "28": "source_unavailable",
  "3D": "source_unavailable",
};

/** `undefined_table` and `undefined_column`. */
const MISSING: Readonly<Record<string, MissingName["kind"]>> = {
  "42P01": "table",
  "42703": "column",
};

/**
 * What a caller may be told: the server's one-line message for errors of the statement, and none of the network's.
 * `sql` is the statement as it was sent.
 */
export function toSourceError(error: unknown, sourceId: string, sql = ""): AppError {
  if (error instanceof AppError) return error;
  return noteMissing(worded(error, sourceId), missingIn((error ?? {}) as ServerError, sql));
}

/** By the code and the place, not by the message: that is in the server's language. */
function missingIn({ code = "", position }: ServerError, sql: string): MissingName | null {
  const kind = MISSING[code];
  if (kind === undefined || position === undefined) return null;
  const at = positionOf(sql, Number(position));
  const written = identifierAt(sql, indexOf(sql, at));
  if (written === null) return null;
  // As PostgreSQL folds it.
  return { kind, name: written.quoted ? written.name : written.name.toLowerCase(), at };
}

function worded(error: unknown, sourceId: string): AppError {
  const { code: state = "", message = "" } = (error ?? {}) as ServerError;
  const code = /^[0-9A-Z]{5}$/.test(state)
    ? (byState[state] ?? byState[state.slice(0, 2)] ?? "query_failed")
    : "source_unavailable";
  const options: AppErrorOptions = {
    cause: error,
    meta: { source: sourceId, ...(state && { sqlstate: state }) },
  };
  switch (code) {
    case "query_timeout":
      return new AppError(
        code,
        `The query on ${sourceId} took too long and was cancelled.`,
        options,
      );
    case "source_unavailable":
      if (state.startsWith("28"))
        return new AppError(code, `The data source ${sourceId} refused the credentials.`, options);
      return new AppError(code, `The data source ${sourceId} cannot be reached.`, {
        ...options,
        retryAfterSeconds: 5,
      });
    case "overloaded":
      return new AppError(code, `The data source ${sourceId} has no free connection.`, {
        ...options,
        retryAfterSeconds: 1,
      });
    default:
      return new AppError(code, firstLine(message), options);
  }
}

function firstLine(message: string): string {
  const line = message.split("\n", 1)[0] ?? "";
  return line.length > 500
    ? `${line.slice(0, 500)}…`
    : line || "The data source refused the statement.";
}

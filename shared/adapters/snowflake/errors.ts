/** The driver's and Snowflake's error codes → the platform's errors; nothing of a request or a token goes along. */
import { AppError, type AppErrorOptions } from "../../kernel/app-error.ts";
import type { ErrorCode } from "../../kernel/error-catalogue.ts";
import { type MissingName, noteMissing } from "../../kernel/missing-name.ts";

interface DriverError {
  readonly code?: string | number;
  readonly sqlState?: string;
  readonly message?: string;
  readonly data?: { readonly line?: number; readonly pos?: number };
}

/** Snowflake's numbers, without leading zeros. */
const byCode: Readonly<Record<string, ErrorCode>> = {
  "604": "query_timeout",
  "630": "query_timeout",
  "1003": "sql_syntax",
  "2003": "table_not_found",
  "2043": "table_not_found",
  "2049": "sql_parameters",
  "606": "source_unavailable",
  "90073": "overloaded",
  "639": "overloaded",
  "390100": "source_unavailable",
  "390144": "source_unavailable",
  "390189": "source_unavailable",
  "390201": "source_unavailable",
  "390422": "source_unavailable",
};
/** Of the driver itself: 401 network, 402 result chunks, 404–407 connection. */
const CLIENT_SIDE = /^40\d{4}$/;
const AUTHENTICATION = /^390\d{3}$/;

/** The session is gone, not the source: the statement did not start and may run on a new session. */
const sessionLost: ReadonlySet<string> = new Set([
  "407002",
  "401004",
  "390104",
  "390111",
  "390112",
  "390114",
  "390195",
]);

export function isSessionLost(error: unknown): boolean {
  return sessionLost.has(codeOf(error));
}

/** "Object 'DB.PUBLIC.X' does not exist or not authorized." and "invalid identifier 'C.NAME'". */
const MISSING: Readonly<Record<string, MissingName["kind"]>> = { "2003": "table", "904": "column" };

/** What a caller may be told: the server's message for errors of the statement, and none of the network's. */
export function toSnowflakeError(error: unknown, sourceId: string): AppError {
  if (error instanceof AppError) return error;
  return noteMissing(worded(error, sourceId), missingIn(error as DriverError | null));
}

/** Snowflake's messages are in English always. What they say of the place is of the text as it was rewritten. */
function missingIn(error: DriverError | null): MissingName | null {
  const kind = MISSING[codeOf(error)];
  const quoted = /'([^']+)'/.exec(error?.message ?? "")?.[1];
  const name = /"([^"]+)"$|([^".]+)$/.exec(quoted ?? "");
  if (kind === undefined || name === null) return null;
  return { kind, name: name[1] ?? name[2] ?? "" };
}

function worded(error: unknown, sourceId: string): AppError {
  const number = codeOf(error);
  const { message = "", sqlState = "" } = (error ?? {}) as DriverError;
  const code = errorCode(number, sqlState, message);
  // The driver's errors carry its HTTP response: what goes on is the number alone.
  const options: AppErrorOptions = {
    cause: new Error(`Snowflake error ${number || "without a number"}`),
    meta: {
      source: sourceId,
      ...(number && { code: number }),
      ...(sqlState && { sqlstate: sqlState }),
    },
  };
  switch (code) {
    case "query_timeout":
      return new AppError(
        code,
        `The query on ${sourceId} took too long and was cancelled.`,
        options,
      );
    case "overloaded":
      return new AppError(code, `The warehouse of ${sourceId} is busy.`, {
        ...options,
        retryAfterSeconds: 5,
      });
    case "source_unavailable":
      return unavailable(number, sourceId, options);
    default:
      return new AppError(code, detailOf(error as DriverError), options);
  }
}

function errorCode(number: string, sqlState: string, message: string): ErrorCode {
  // The queue of the warehouse has a limit of its own, under the number of the statement's.
  if (number === "630" && /queue/i.test(message)) return "overloaded";
  const known = byCode[number];
  if (known !== undefined) return known;
  if (CLIENT_SIDE.test(number) || AUTHENTICATION.test(number)) return "source_unavailable";
  if (sqlState === "57014") return "query_timeout";
  return number === "" ? "source_unavailable" : "query_failed";
}

const refusedLogin: ReadonlySet<string> = new Set([
  "390100",
  "390144",
  "390189",
  "390201",
  "390422",
]);

function unavailable(number: string, sourceId: string, options: AppErrorOptions): AppError {
  if (number === "606")
    return new AppError(
      "source_unavailable",
      `The data source ${sourceId} has no warehouse that this role may use.`,
      options,
    );
  if (refusedLogin.has(number))
    return new AppError(
      "source_unavailable",
      `The data source ${sourceId} refused the credentials.`,
      options,
    );
  return new AppError("source_unavailable", `The data source ${sourceId} cannot be reached.`, {
    ...options,
    retryAfterSeconds: 5,
  });
}

const MAX_DETAIL = 500;

/** One line: `SQL compilation error: error line 1 at position 7 invalid identifier 'NOTHING'`. */
function detailOf({ message = "", data }: DriverError): string {
  const line = message.replace(/\s*\n\s*/g, " ").trim();
  const place =
    data?.line !== undefined && data.line > 0 && !/line \d+/.test(line)
      ? ` (line ${data.line}, position ${data.pos ?? 0})`
      : "";
  const whole = `${line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL)}…` : line}${place}`;
  return whole || "The data source refused the statement.";
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as DriverError;
  if (typeof code !== "string" && typeof code !== "number") return "";
  const text = String(code);
  return /^\d+$/.test(text) ? text.replace(/^0+/, "") : "";
}

/** One statement on one session: bound in time on the server and here, cancelled on the server when nobody wants it any more. */

import type { AppError } from "../../kernel/app-error.ts";
import { callerGone } from "../../kernel/caller-gone.ts";
import type { JsonValue } from "../../sources/ports.ts";
import type { DriverConnection, DriverStatement } from "./driver.ts";
import { toSnowflakeError } from "./errors.ts";

export interface StatementRequest {
  readonly sourceId: string;
  readonly sql: string;
  readonly binds: readonly JsonValue[];
  readonly timeoutMs: number;
  /** One row more than wanted tells "exactly enough" from "too many". */
  readonly maxRows: number;
  readonly tag: string;
}

/** How often and how long to ask for a cancellation before the session is given up: the request may be overtaken by it. */
const CANCEL_ATTEMPTS = 4;
const CANCEL_WAIT_MS = 1_500;
/** The server ends the statement by itself a little after we do, should our cancellation be lost. */
const SERVER_GRACE_SECONDS = 1;
const LARGEST_ROW_LIMIT = 2_147_483_647;

/** The forms that the cells are read from, whatever the account's or the user's defaults are. */
const FORMATS = {
  TIMEZONE: "UTC",
  TIME_OUTPUT_FORMAT: "HH24:MI:SS.FF9",
  BINARY_OUTPUT_FORMAT: "HEX",
  STRICT_JSON_OUTPUT: true,
  // Whole integers come as text and the driver need not warn that a double rounds them.
  JS_TREAT_INTEGER_AS_BIGINT: true,
} as const;

export type StatementOutcome =
  | { readonly kind: "ready"; readonly statement: DriverStatement }
  /** `broken`: the server may still be at it, so that nothing else should run on this session. */
  | { readonly kind: "failed"; readonly error: unknown; readonly broken: boolean };

/** Resolves when the columns are known or the statement is over; never rejects. */
export async function runStatement(
  connection: DriverConnection,
  request: StatementRequest,
  signal: AbortSignal,
): Promise<StatementOutcome> {
  const running = start(connection, request);
  const limit = AbortSignal.timeout(Math.ceil(request.timeoutMs));
  const stopped = Promise.withResolvers<"stopped">();
  const onStop = () => stopped.resolve("stopped");
  const either = AbortSignal.any([signal, limit]);
  either.addEventListener("abort", onStop, { once: true });
  if (either.aborted) onStop();
  const first = await Promise.race([running.ended, stopped.promise]);
  either.removeEventListener("abort", onStop);
  if (first !== "stopped") return first;
  const broken = !(await cancelRunning(running));
  const error = signal.aborted ? callerGone() : tookTooLong(request.sourceId);
  return { kind: "failed", error, broken };
}

interface Running {
  readonly ended: Promise<StatementOutcome>;
  readonly statement: DriverStatement | null;
}

function start(connection: DriverConnection, request: StatementRequest): Running {
  const { promise: ended, resolve } = Promise.withResolvers<StatementOutcome>();
  try {
    const statement = connection.execute({
      sqlText: request.sql,
      binds: request.binds.map(bindable),
      parameters: parametersOf(request),
      streamResult: true,
      rowMode: "array",
      complete: (error: unknown, done: DriverStatement) =>
        resolve(
          error ? { kind: "failed", error, broken: false } : { kind: "ready", statement: done },
        ),
    });
    return { ended, statement };
  } catch (error) {
    resolve({ kind: "failed", error, broken: true });
    return { ended, statement: null };
  }
}

function parametersOf({ timeoutMs, maxRows, tag }: StatementRequest) {
  const seconds = Math.ceil(timeoutMs / 1_000) + SERVER_GRACE_SECONDS;
  return {
    ...FORMATS,
    MULTI_STATEMENT_COUNT: 1,
    STATEMENT_TIMEOUT_IN_SECONDS: seconds,
    STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: seconds,
    ROWS_PER_RESULTSET: Math.min(maxRows + 1, LARGEST_ROW_LIMIT),
    QUERY_TAG: tag,
  };
}

/** A list at the first place would be taken for many rows of values; lists and objects go as JSON text. */
function bindable(value: JsonValue): JsonValue {
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

/** True when the statement is known to be over. */
async function cancelRunning({ statement, ended }: Running): Promise<boolean> {
  if (statement === null) return true;
  for (let attempt = 1; attempt <= CANCEL_ATTEMPTS; attempt++) {
    await cancelOnServer(statement);
    const over = await Promise.race([ended.then(() => true), pause(CANCEL_WAIT_MS)]);
    if (over) return true;
  }
  return false;
}

/** Ends when the server has answered, or when it took too long to. */
export async function cancelOnServer(statement: DriverStatement): Promise<void> {
  const asked = new Promise<void>((resolve) => statement.cancel(() => resolve()));
  await Promise.race([asked, pause(CANCEL_WAIT_MS)]);
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(false), ms).unref();
  });
}

export function tookTooLong(sourceId: string): AppError {
  return toSnowflakeError({ code: "604" }, sourceId);
}

/** The error of work that nobody waits for any more. */
import { AppError } from "./app-error.ts";

export function callerGone(cause?: unknown): AppError {
  return new AppError("client_closed", "The caller went away.", { cause });
}

/** Structured logging as a port: a constant message and fields, never SQL text, parameters, questions, rows or keys. */

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** ERROR means that someone must act now; WARN that something degraded; INFO that something happened. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** What is safe to log of an error: its type and message, never its stack or its cause's payload. */
export function errorFields(error: unknown): LogFields {
  if (error instanceof Error) return { error: error.name, reason: error.message };
  return { error: "unknown", reason: String(error) };
}

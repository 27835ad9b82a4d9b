/** The log of work that belongs to no invocation: one line of JSON on standard error. */
import type { LogFields, Logger } from "./logger.ts";

const write = (level: string) => (message: string, fields?: LogFields) => {
  console.error(JSON.stringify({ level, message, ...fields }));
};

export const processLog: Logger = {
  info: write("info"),
  warn: write("warn"),
  error: write("error"),
};

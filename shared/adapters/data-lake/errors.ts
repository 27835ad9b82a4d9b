/** DuckDB's messages → the platform's errors: the first line, with files under their own names and no path of ours. */
import { AppError } from "../../kernel/app-error.ts";
import type { ErrorCode } from "../../kernel/error-catalogue.ts";

export interface ErrorPlace {
  readonly folder: string;
  readonly names: ReadonlyMap<string, string>;
  readonly memoryMb: number;
  /** Where the failure is that of one table's files. */
  readonly table?: string;
}

const MAX_DETAIL = 500;

const CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^Parser Error/, "sql_syntax"],
  [/^Catalog Error: Table with name/, "table_not_found"],
  [
    /Values were not provided for|Parameter .*not (provided|bound)|excess parameters/i,
    "sql_parameters",
  ],
];

export function lakeError(error: unknown, place: ErrorPlace): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = CODES.find(([pattern]) => pattern.test(message))?.[1] ?? "query_failed";
  return new AppError(code, detailOf(message, place), { cause: error });
}

function detailOf(message: string, place: ErrorPlace): string {
  if (/^Out of Memory|bad_alloc|could not allocate/i.test(message))
    return `The statement needs more than the ${place.memoryMb} MB of memory that the source allows.`;
  const line = named(message, place).split("\n", 1)[0] ?? "";
  const text = line.length > MAX_DETAIL ? `${line.slice(0, MAX_DETAIL)}…` : line;
  return place.table === undefined
    ? text
    : `The files of the table ${place.table} cannot be read: ${text}`;
}

function named(message: string, { folder, names }: ErrorPlace): string {
  if (!message.includes(folder)) return message;
  let text = message;
  // The longest first: no path may be taken for the beginning of another.
  for (const [path, name] of [...names].sort((a, b) => b[0].length - a[0].length))
    text = text.replaceAll(path, name);
  return text.replaceAll(folder, "");
}

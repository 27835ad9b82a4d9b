/** DuckDB's messages → the platform's errors: the first line, with files under their own names and no path of ours. */
import { AppError } from "../../kernel/app-error.ts";
import type { ErrorCode } from "../../kernel/error-catalogue.ts";
import { identifierAt } from "../../kernel/identifiers.ts";
import { type MissingName, noteMissing } from "../../kernel/missing-name.ts";
import { positionAt } from "../../kernel/text-position.ts";

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

/** `sql` is the statement as it was run. */
export function lakeError(error: unknown, place: ErrorPlace, sql = ""): AppError {
  if (error instanceof AppError) return error;
  const { message, ...more } = readFailure(error instanceof Error ? error.message : String(error));
  const code = CODES.find(([pattern]) => pattern.test(message))?.[1] ?? "query_failed";
  const worded = new AppError(code, detailOf(message, place), { cause: error });
  return noteMissing(worded, missingIn(code, { message, ...more }, sql));
}

interface Failure {
  /** As DuckDB prints it: `Binder Error: …`. */
  readonly message: string;
  readonly name?: string;
  /** In bytes of the statement. */
  readonly position?: number;
}

/** With `errors_as_json` most of DuckDB's errors are an object, some after `Parser Error: `; those of its API are text. */
function readFailure(text: string): Failure {
  const json = /^(?:[A-Z][A-Za-z ]* Error: )?(\{"exception_type".*\})$/s.exec(text)?.[1];
  if (json === undefined) return { message: text };
  const { exception_type, exception_message, name, position } = JSON.parse(json) as Record<
    string,
    string | undefined
  >;
  return {
    message: `${exception_type} Error: ${exception_message}`,
    ...(name !== undefined && { name }),
    ...(position !== undefined && { position: Number(position) }),
  };
}

/** DuckDB names a column that stands alone; of `c.name` it says where it is. */
const NO_COLUMN = /^Binder Error: (Referenced column |[^"]*"[^"]*" does not have a column named )/;

function missingIn(code: ErrorCode, failure: Failure, sql: string): MissingName | null {
  const kind = code === "table_not_found" ? "table" : "column";
  if (kind === "column" && !NO_COLUMN.test(failure.message)) return null;
  const start =
    failure.position === undefined
      ? null
      : Buffer.from(sql).subarray(0, failure.position).toString().length;
  const name = failure.name ?? (start === null ? undefined : identifierAt(sql, start)?.name);
  if (name === undefined) return null;
  return { kind, name, ...(start !== null && { at: positionAt(sql, start) }) };
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

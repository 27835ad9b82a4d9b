/** "There is no column nam. The nearest: name.": a source's unknown name, in our words and with what the caller sees. */
import { AppError } from "../kernel/app-error.ts";
import { identifierAt, placesOf } from "../kernel/identifiers.ts";
import { type MissingName, missingOf, noteMissing } from "../kernel/missing-name.ts";
import { thereIsNo } from "../kernel/nearest-names.ts";
import { meansTable, sameName, shownTable } from "../kernel/table-names.ts";
import { indexOf, positionAt, type TextPosition } from "../kernel/text-position.ts";
import type { SourceSchema } from "../sources/ports.ts";
import type { Asked } from "./ports.ts";

/** The same error where it tells of no unknown name, or of one that the caller did not write. */
export function nameMissing(error: unknown, asked: Asked, schema: SourceSchema): unknown {
  const missing = error instanceof AppError ? missingOf(error) : null;
  return missing === null
    ? error
    : (inOurWords(error as AppError, missing, asked, schema) ?? error);
}

function inOurWords(
  error: AppError,
  missing: MissingName,
  asked: Asked,
  schema: SourceSchema,
): AppError | null {
  const { kind, name } = missing;
  const places = placesOf(asked.sql, name);
  // What a policy or a view added to the statement is not for the caller's eyes.
  if (places.length === 0) return null;
  if (kind === "table" && !asked.tables.some((table) => sameName(table.name, name))) return null;
  const said = thereIsNo(kind, name, candidates(kind, asked, schema));
  const at = placeOf(missing, asked.sql, places);
  const message = at === null ? said : `Line ${at.line}, column ${at.column}: ${said}`;
  const named = new AppError(error.code, message, {
    fields: [{ pointer: "/sql", message }],
    meta: error.meta,
  });
  return noteMissing(named, missing);
}

/** Tables by their names; columns of the tables that the statement reads, with the table where there are several. */
function candidates(kind: MissingName["kind"], { tables }: Asked, schema: SourceSchema): string[] {
  if (kind === "table") return schema.tables.map(shownTable);
  const read = schema.tables.filter((table) => tables.some((one) => meansTable(one, table)));
  return read.flatMap(({ name: table, columns }) =>
    columns.map(({ name }) => (read.length > 1 ? `${table}.${name}` : name)),
  );
}

/**
 * What the source was sent may be longer than what the caller wrote, or written otherwise: the place is said where the
 * name stands there, or where it stands in one place only.
 */
function placeOf(
  { name, at }: MissingName,
  sql: string,
  places: readonly number[],
): TextPosition | null {
  const start = at === undefined ? -1 : indexOf(sql, at);
  const there = start < 0 ? null : identifierAt(sql, start);
  if (there !== null && sameName(there.name, name)) return positionAt(sql, start);
  const [only, ...others] = places;
  return only !== undefined && others.length === 0 ? positionAt(sql, only) : null;
}

/** JSON values → DuckDB's parameters: bound as what they are, never written into the text. */
import type { DuckDBPreparedStatement, DuckDBType } from "@duckdb/node-api";
import { AppError } from "../../kernel/app-error.ts";
import type { JsonValue } from "../../sources/ports.ts";

type Duckdb = typeof import("@duckdb/node-api");

const MAX_INTEGER = 2_147_483_647;

export function bindParameters(
  duckdb: Duckdb,
  statement: DuckDBPreparedStatement,
  params: readonly JsonValue[],
): void {
  const { parameterCount } = statement;
  if (parameterCount !== params.length)
    throw new AppError(
      "sql_parameters",
      `The statement has ${parameterCount} parameters and ${params.length} values were sent.`,
    );
  for (const [i, value] of params.entries()) bind(duckdb, statement, i + 1, value);
}

function bind(
  duckdb: Duckdb,
  statement: DuckDBPreparedStatement,
  at: number,
  value: JsonValue,
): void {
  if (value === null) statement.bindNull(at);
  else if (typeof value === "string") statement.bindVarchar(at, value);
  else if (typeof value === "boolean") statement.bindBoolean(at, value);
  else if (typeof value === "number") bindNumber(statement, at, value);
  else bindNested(duckdb, statement, at, value);
}

function bindNumber(statement: DuckDBPreparedStatement, at: number, value: number): void {
  if (!Number.isSafeInteger(value)) statement.bindDouble(at, value);
  else if (Math.abs(value) <= MAX_INTEGER) statement.bindInteger(at, value);
  else statement.bindBigInt(at, BigInt(value));
}

/** A list of one kind is a list; everything else goes as JSON text, which a cast to JSON or STRUCT reads. */
function bindNested(
  duckdb: Duckdb,
  statement: DuckDBPreparedStatement,
  at: number,
  value: JsonValue,
): void {
  const items = Array.isArray(value) ? (value as readonly JsonValue[]) : null;
  const type = items && elementType(duckdb, items);
  if (items === null || type === null) {
    statement.bindVarchar(at, JSON.stringify(value));
    return;
  }
  const isBig = type === duckdb.BIGINT;
  const list = items.map((item) => (isBig && typeof item === "number" ? BigInt(item) : item));
  statement.bindList(at, list as (string | number | bigint | boolean | null)[], duckdb.LIST(type));
}

function elementType(
  { VARCHAR, BOOLEAN, BIGINT, DOUBLE }: Duckdb,
  items: readonly JsonValue[],
): DuckDBType | null {
  const known = items.filter((item) => item !== null);
  if (known.every((item) => typeof item === "string")) return VARCHAR;
  if (known.every((item) => typeof item === "boolean")) return BOOLEAN;
  if (known.every((item) => Number.isSafeInteger(item))) return BIGINT;
  return known.every((item) => typeof item === "number") ? DOUBLE : null;
}

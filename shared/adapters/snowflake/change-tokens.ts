/** A text per table that changes with its rows: the last commit's time, or the last alteration where that cannot be had. */
import { AppError } from "../../kernel/app-error.ts";
import type { TableRef } from "../../sources/ports.ts";
import { type Query, SMALL, textOf } from "./read-rows.ts";
import { quoteName, quoteString } from "./statement-text.ts";

type Token = string | null;

/** One statement for all; where one table spoils it (dropped, not allowed), each by itself. */
export async function readChangeTokens(
  query: Query,
  database: string,
  tables: readonly TableRef[],
  signal: AbortSignal,
): Promise<readonly Token[]> {
  if (tables.length === 0) return [];
  const all = await commitTimes(query, database, tables, signal);
  if (all !== null) return all;
  const each: Token[] = [];
  for (const table of tables) {
    const [own] = (await commitTimes(query, database, [table], signal)) ?? [null];
    each.push(own ?? (await lastAltered(query, database, table, signal)));
  }
  return each;
}

/** Null when the server refuses one of them. SYSTEM$LAST_CHANGE_COMMIT_TIME takes tables and views alike. */
async function commitTimes(
  query: Query,
  database: string,
  tables: readonly TableRef[],
  signal: AbortSignal,
): Promise<readonly Token[] | null> {
  const calls = tables.map(
    ({ schema, name }, i) =>
      `SYSTEM$LAST_CHANGE_COMMIT_TIME(${quoteString(quoteName(database, schema, name))}) AS T${i}`,
  );
  const [row] = await refusable(query(`SELECT ${calls.join(", ")}`, SMALL, signal));
  if (row === undefined) return null;
  return tables.map((_, i) => {
    const time = textOf(row, `t${i}`);
    return time === "" ? null : `commit:${time}`;
  });
}

/** Of tables only: a view is not altered when the rows under it are. */
async function lastAltered(
  query: Query,
  database: string,
  { schema, name }: TableRef,
  signal: AbortSignal,
): Promise<Token> {
  const [row] = await refusable(
    query(
      `SELECT LAST_ALTERED FROM ${quoteName(database)}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${quoteString(schema)} AND TABLE_NAME = ${quoteString(name)} AND TABLE_TYPE = 'BASE TABLE'`,
      SMALL,
      signal,
    ),
  );
  const time = textOf(row, "last_altered");
  return time === "" ? null : `altered:${time}`;
}

/** No rows where the server refuses the statement; a source that is away stays an error. */
async function refusable<T>(rows: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof AppError && ["query_failed", "table_not_found"].includes(error.code))
      return [];
    throw error;
  }
}

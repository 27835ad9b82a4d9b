/** Small results read whole: what introspection, checks and change tokens work with. */
import type { ExecutionBudget, JsonValue, ResultStream } from "../../sources/ports.ts";

/** One row by its columns' names, lower case: SHOW and INFORMATION_SCHEMA differ in case. */
export type NamedRow = Readonly<Record<string, JsonValue>>;

/** Runs a statement of the adapter's own, in Snowflake's own text. */
export type Query = (
  sql: string,
  budget: ExecutionBudget,
  signal: AbortSignal,
) => Promise<readonly NamedRow[]>;

export const SMALL: ExecutionBudget = { maxRows: 1_000, maxBytes: 4_194_304, timeoutMs: 10_000 };
export const LARGE: ExecutionBudget = { maxRows: 200_000, maxBytes: 67_108_864, timeoutMs: 30_000 };

export async function collectRows(stream: ResultStream): Promise<readonly NamedRow[]> {
  const names = stream.columns.map(({ name }) => name.toLowerCase());
  const rows: NamedRow[] = [];
  try {
    for (let batch = await stream.read(); batch !== null; batch = await stream.read())
      for (const row of batch)
        rows.push(
          Object.fromEntries(row.map((cell, i) => [names[i], JSON.parse(cell) as JsonValue])),
        );
  } finally {
    await stream.close();
  }
  return rows;
}

export function textOf(row: NamedRow | undefined, name: string): string {
  const value = row?.[name];
  return value === null || value === undefined ? "" : String(value);
}

export function numberOf(row: NamedRow, name: string): number {
  const value = Number(row[name] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

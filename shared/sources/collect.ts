/** A small result as values, for those who work with them rather than pass them on. */
import type { JsonValue, ResultColumn, ResultStream } from "./ports.ts";

export interface ResultSet {
  readonly columns: readonly ResultColumn[];
  /** One array per row, in the order of `columns`. */
  readonly rows: readonly (readonly JsonValue[])[];
  /** True exactly when the source had more than the budget let through. */
  readonly truncated: boolean;
}

/** Reads a stream to its end. For results whose budget is small: all of it is in memory. */
export async function collect(opening: ResultStream | Promise<ResultStream>): Promise<ResultSet> {
  const stream = await opening;
  const rows: JsonValue[][] = [];
  for (let batch = await stream.read(); batch !== null; batch = await stream.read())
    for (const row of batch) rows.push(row.map((cell) => JSON.parse(cell) as JsonValue));
  return { columns: stream.columns, rows, truncated: stream.truncated() };
}

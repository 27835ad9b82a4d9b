/** What is known of the values of a column of texts. */
import type { GraphColumn } from "./graph.ts";

/** As the rendered query reads texts as numbers. */
export const NUMBER = /^\s*-?\d+(\.\d+)?\s*$/;
/** Numbers, dates and amounts: what has an order of its own. */
export const ORDERED = /^\s*[-+$€£]?\s*\d/;

/** False where nothing is known of what it holds. */
export function holdsNo(like: RegExp, column: GraphColumn | undefined): boolean {
  const { values = [] } = column?.info ?? {};
  return column?.kind === "text" && values.length > 0 && !values.some((one) => like.test(one));
}

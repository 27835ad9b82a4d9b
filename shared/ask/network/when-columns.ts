/** Columns that say when, and those of which the first is the highest. */
import type { GraphColumn } from "./graph.ts";

const WHEN =
  /^(years?|yr|dates?|time|season|founded|opened|opening|built|since|established|born|birth|created|joined|signed|started|hired|updated|released|published)$/;
const FIRST_IS_HIGHEST =
  /^(rank|ranking|position|place|priority|severity|tier|seed|division|class)$/;

export function isWhen(column: GraphColumn | undefined): boolean {
  return column?.kind === "time" || column?.words.some((word) => WHEN.test(word)) === true;
}

/** Here the first is the highest, and what is older began earlier. */
export function isReversed(column: GraphColumn | undefined): boolean {
  return isWhen(column) || column?.words.some((word) => FIRST_IS_HIGHEST.test(word)) === true;
}

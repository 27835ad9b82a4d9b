/** Columns that say when, and those of which the first is the highest. */
import type { GraphColumn, SchemaGraph } from "./graph.ts";

/** Most say what was done: `founded`, `launched`, `elected`. */
const WHEN =
  /^(years?|yr|dates?|time|season|built|since|born|birth|death|vintage|fiscal|fy|period|cohort|edition|term|[a-z]{3,}ed)$/;
const REVERSED =
  /^(rank|ranking|standing|position|place|priority|severity|tier|seed|division|class|depth|years?|dates?|birth|born|founded|opened|built|since|established|created|joined|signed|started|hired|updated)$/;

const cache = new WeakMap<SchemaGraph, readonly boolean[]>();

/** By column. */
export function whenColumns(graph: SchemaGraph): readonly boolean[] {
  const known = cache.get(graph);
  if (known !== undefined) {
    return known;
  }
  const found = graph.columns.map(
    ({ kind, words }) => kind === "time" || words.some((word) => WHEN.test(word)),
  );
  cache.set(graph, found);
  return found;
}

/** Here the first is the highest, and what is older began earlier. */
export function isReversed(column: GraphColumn | undefined): boolean {
  return column?.kind === "time" || column?.words.some((word) => REVERSED.test(word)) === true;
}

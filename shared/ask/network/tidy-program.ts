/** Leaves out of a program what its SQL has anyway, so that two programs of the same SQL are one. */
import type { SchemaGraph } from "./graph.ts";
import { tieBreakers, tieDirection } from "./implied-terms.ts";
import { isAggregate, type Program, type Term } from "./program.ts";

export interface SortKey {
  readonly term: Term;
  readonly descending: boolean;
}

/**
 * Columns that put equal rows in order come last, and the SQL of a program ends with them by itself.
 * @returns The keys that are left, and whether the others order groups otherwise than a program would.
 */
export function withoutTieBreakers(
  keys: readonly SortKey[],
  program: Program,
  graph: SchemaGraph,
): { readonly asked: readonly SortKey[] } & Pick<Program, "ties"> {
  const down = keys.at(-1)?.descending ?? false;
  const breakers = new Set(tieBreakers(program, graph).map(keyOf));
  const last = keys.findLastIndex(
    (key, at) => at === 0 || key.descending !== down || !breakers.has(keyOf(key.term)),
  );
  const asked = keys.slice(0, last + 1);
  const { descending = false } = asked[0] ?? {};
  const order = asked.map(({ term }) => term);
  const follows = tieDirection({ ...program, order, descending }) === "descending";
  if (asked.length === keys.length || follows === down) {
    return { asked };
  }
  return follows ? { asked, ties: "ascending" } : { asked: keys };
}

/** What is shown or sorted by beside a figure is grouped by in any case: of several groups only the others need saying. */
export function withoutImpliedGroups(program: Program): Program {
  const { select, order, group, set } = program;
  const implied = new Set(
    [...select.flatMap((item) => (item.kind === "term" ? [item.term] : [])), ...order]
      .filter((term) => !isAggregate(term))
      .map(keyOf),
  );
  const kept = group.filter((term) => !implied.has(keyOf(term)));
  return {
    ...program,
    group: kept.length > 0 ? kept : group,
    ...(set === undefined ? {} : { set: { ...set, query: withoutImpliedGroups(set.query) } }),
  };
}

function keyOf({ aggregate, grain, column }: Term): string {
  return `${aggregate ?? grain ?? ""} ${column}`;
}

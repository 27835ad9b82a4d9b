/** Leaves out of a program what its SQL has anyway, so that two programs of the same SQL are one. */
import type { SchemaGraph } from "./graph.ts";
import { tieBreakers } from "./implied-terms.ts";
import { isAggregate, type Program, type Term } from "./program.ts";

export interface SortKey {
  readonly term: Term;
  readonly descending: boolean;
}

/** Columns that put equal rows in order come last, ascending: the SQL of a program ends with them by itself. */
export function withoutTieBreakers(
  keys: readonly SortKey[],
  program: Program,
  graph: SchemaGraph,
): readonly SortKey[] {
  const breakers = new Set(tieBreakers(program, graph).map(keyOf));
  let end = keys.length;
  while (end > 1 && isBreaker(keys[end - 1], breakers)) {
    end -= 1;
  }
  return keys.slice(0, end);
}

function isBreaker(key: SortKey | undefined, breakers: ReadonlySet<string>): boolean {
  return key !== undefined && !key.descending && breakers.has(keyOf(key.term));
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

/** Leaves out of a program what its SQL has anyway, so that two programs of the same SQL are one. */
import type { SchemaGraph } from "./graph.ts";
import { groupTerms, tieBreakers } from "./implied-terms.ts";
import { isAggregate, type Joined, type Program, type Term } from "./program.ts";

export interface SortKey {
  readonly term: Term;
  readonly descending: boolean;
}

/**
 * Columns that put equal rows in order come last, and the SQL of a program ends with them by itself: those of the keys
 * are left out that come in its order, and in one direction.
 * @returns The keys that are left, and the direction of the others where a program has the choice.
 */
export function withoutTieBreakers(
  keys: readonly SortKey[],
  program: Program,
  graph: SchemaGraph,
): { readonly asked: readonly SortKey[] } & Pick<Program, "ties"> {
  const down = keys.at(-1)?.descending ?? false;
  const breakers = [...new Set(tieBreakers(program, graph).map(keyOf))];
  const last = keys.findLastIndex(
    (key, at) => at === 0 || key.descending !== down || !breakers.includes(keyOf(key.term)),
  );
  const asked = keys.slice(0, last + 1);
  const left = keys.slice(last + 1).map(({ term }) => keyOf(term));
  const sorted = asked.map(({ term }) => keyOf(term));
  const implied = breakers.filter((one) => !sorted.includes(one));
  const inOrder = left.every((one, at) => one === implied[at]);
  // Of groups in a descending order alone a program can say which way they come; all else comes ascending.
  const chosen = asked[0]?.descending === true && groupTerms(program).length > 0;
  if (left.length === 0 || !inOrder || (down && !chosen)) {
    return { asked: keys };
  }
  return chosen ? { asked, ties: down ? "descending" : "ascending" } : { asked };
}

/** The program with ties in their usual order. */
export function withoutTies(program: Program): Program {
  const { ties: _, set, where, having, ...rest } = program;
  const inner = (all: readonly Joined[]): readonly Joined[] =>
    all.map(({ joiner, condition }) => {
      const { operand } = condition;
      return operand.kind === "query"
        ? {
            joiner,
            condition: { ...condition, operand: { ...operand, query: withoutTies(operand.query) } },
          }
        : { joiner, condition };
    });
  return {
    ...rest,
    where: inner(where),
    having: inner(having),
    ...(set === undefined ? {} : { set: { ...set, query: withoutTies(set.query) } }),
  };
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

/** What has nothing to do with each other in a schema: tables that no key connects, a column that is sought among others' keys. */
import type { SchemaGraph } from "./graph.ts";
import { joinTables } from "./join-tables.ts";
import type { Condition, Program } from "./program.ts";

/** Whether every row of one table would meet every row of another. */
export function multipliesTables({ tables }: Program, graph: SchemaGraph): boolean {
  const [, ...others] = joinTables(graph, tables, () => 0);
  return others.some(({ key }) => key === undefined);
}

/** A column that is less than itself, or a key that is sought among the keys to something else. */
export function comparesStrangers({ term, operand }: Condition, graph: SchemaGraph): boolean {
  if (term.column === "*" || term.aggregate !== undefined || term.grain !== undefined) {
    return false;
  }
  if (operand.kind === "column") {
    return operand.column === term.column;
  }
  const item = operand.kind === "query" ? operand.query.select[0] : undefined;
  if (item?.kind !== "term" || item.term.aggregate !== undefined || item.term.column === "*") {
    return false;
  }
  return areStrangers(term.column, item.term.column, graph);
}

/** Two keys that mean other things, or a key and what is none and of another kind. */
function areStrangers(left: number, right: number, graph: SchemaGraph): boolean {
  const [one, other] = [graph.columns[left], graph.columns[right]];
  const [own, its] = [meaningsOf(left, graph), meaningsOf(right, graph)];
  const name = one?.info.name.toLowerCase();
  const sameName = name === other?.info.name.toLowerCase() && name !== "id";
  if (sameName || (own.size === 0 && its.size === 0)) {
    return false;
  }
  return own.size > 0 && its.size > 0
    ? ![...own].some((at) => its.has(at))
    : one?.kind !== other?.kind;
}

/** The key itself and what it refers to, from key to key; empty for a column that is no key. */
function meaningsOf(column: number, graph: SchemaGraph): ReadonlySet<number> {
  const own = graph.columns[column];
  const found = new Set<number>(own?.primaryKey === true ? [column] : []);
  const queue = [column];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const [from, to] of graph.links) {
      if (from === at && !found.has(to)) {
        found.add(from).add(to);
        queue.push(to);
      }
    }
  }
  return found;
}

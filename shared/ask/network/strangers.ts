/** What has nothing to do with each other in a schema: tables that nothing joins, a column that is sought among others' keys. */
import type { GraphColumn, SchemaGraph } from "./graph.ts";
import { joinTables } from "./join-tables.ts";
import { type Condition, isFigure, type Program, type Term } from "./program.ts";
import { termsOf } from "./program-parts.ts";

/** Whether every row of one table would meet every row of another: neither a key nor a condition joins them. */
export function multipliesTables({ tables, where }: Program, graph: SchemaGraph): boolean {
  const [, ...others] = joinTables(graph, tables, () => 0);
  return (
    others.some(({ key }) => key === undefined) &&
    !where.some(({ condition: { term, operand } }) => {
      const [own, other] = [term.column, operand.kind === "column" ? operand.column : "*"].map(
        (at) => (at === "*" ? undefined : graph.columns[Number(at)]?.table),
      );
      return own !== undefined && other !== undefined && own !== other;
    })
  );
}

/** Whether a figure is made of rows that meet several others by a key which these share. */
export function countsRepeated(program: Program, graph: SchemaGraph): boolean {
  const keys = joinTables(graph, program.tables, () => 0).flatMap(({ key }) =>
    key?.shared === true ? [key] : [],
  );
  // Within one value of the key every row is repeated as often.
  const isEven = keys.every(({ links }) =>
    links.flat().some((at) => program.group.some(({ column }) => column === at)),
  );
  const repeats = ({ aggregate }: Term): boolean =>
    aggregate === "count" || aggregate === "sum" || (aggregate === "avg" && !isEven);
  const isMade = program.select.some((one) => one.kind !== "term" && isFigure(one));
  return keys.length > 0 && (isMade || termsOf(program).some(repeats));
}

/** A column that is compared with itself, or a key that is sought among the keys to something else. */
export function comparesStrangers({ term, operand }: Condition, graph: SchemaGraph): boolean {
  const own = plainColumn(term);
  if (own === undefined) {
    return false;
  }
  if (operand.kind === "column") {
    return operand.column === own;
  }
  const item = operand.kind === "query" ? operand.query.select[0] : undefined;
  const other = item?.kind === "term" ? plainColumn(item.term) : undefined;
  return other !== undefined && areStrangers(own, other, graph);
}

function plainColumn({ column, aggregate, grain }: Term): number | undefined {
  return column === "*" || aggregate !== undefined || grain !== undefined ? undefined : column;
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
  if (own.size === 0 || its.size === 0) {
    return one?.kind !== other?.kind;
  }
  return ![...own].some((at) => its.has(at)) && !mayBeOneThing(one, other, graph);
}

/**
 * `users` and `banned_users` of which no key says how they belong together may have the same keys. Where other columns
 * join the two, as those of orders and customers, they have not.
 */
function mayBeOneThing(
  one: GraphColumn | undefined,
  other: GraphColumn | undefined,
  { keys }: SchemaGraph,
): boolean {
  const joined = keys.some(
    ({ child, parent }) =>
      (child === one?.table && parent === other?.table) ||
      (child === other?.table && parent === one?.table),
  );
  return one?.primaryKey === true && other?.primaryKey === true && !joined;
}

/** What a column refers to, from key to key, and itself, if it is all of its table's key; empty for one that is no key. */
function meaningsOf(column: number, graph: SchemaGraph): ReadonlySet<number> {
  const own = graph.columns[column];
  const sole = graph.tables[own?.table ?? -1]?.info.primaryKey.length === 1;
  const isKey = own?.primaryKey === true && sole && own.kind !== "time";
  const found = new Set<number>(isKey ? [column] : []);
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

/** Reads SQL as the program that says the same. What the program language has no words for is refused, with a reason. */
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import {
  child,
  listOf,
  type ParsedSelect,
  type SqlNode,
  textOf,
  Unsupported,
} from "./parsed-sql.ts";
import type { Item, Program, Term } from "./program.ts";
import { readJoined } from "./sql-conditions.ts";
import { readItems } from "./sql-items.ts";
import { refuseOtherJoins } from "./sql-joins.ts";
import { readTables } from "./sql-tables.ts";
import { readTerm, type SqlScope, type ValuePlace, valueAt } from "./sql-terms.ts";
import { withoutTieBreakers } from "./tidy-program.ts";

export interface ReadSql {
  readonly program: Program;
  /** Values that no candidate holds; the last candidate stands in their place. */
  readonly missing: readonly string[];
}

export interface ReadOptions {
  /** A program is joined on keys: whether other joins are refused or read as if they were on keys. */
  readonly joins?: "keys" | "any";
  /** Values of the SQL's $1, $2 … */
  readonly params?: readonly unknown[];
  /** Asked for a value that no candidate holds: the candidate to take in its place. */
  readonly standIn?: (text: string, place: ValuePlace) => number | undefined;
}

/** @throws Unsupported */
export function programOf(
  select: ParsedSelect,
  graph: SchemaGraph,
  candidates: readonly ValueCandidate[],
  { joins = "keys", params = [], standIn }: ReadOptions = {},
): ReadSql {
  const missing: string[] = [];
  const scope: SqlScope = {
    ...{ graph, candidates, joins, params, standIn, missing },
    names: new Map(),
    outer: undefined,
    query: readSelect,
  };
  return { program: readSelect(select, scope), missing };
}

function readSelect(select: SqlNode, outer: SqlScope): Program {
  const operation = select.op as string | undefined;
  const isSet = operation !== undefined && operation !== "SETOP_NONE";
  refuseClauses(select, isSet);
  return isSet ? readSet(select, operation, outer) : readBlock(select, outer);
}

/** What would otherwise be read as if it were not there. */
function refuseClauses(select: SqlNode, isSet: boolean): void {
  const [distinct] = listOf(select.distinctClause);
  if (Object.keys(distinct ?? {}).length > 0) {
    throw new Unsupported("DISTINCT ON");
  }
  if (select.limitOffset !== undefined || select.withClause !== undefined) {
    throw new Unsupported("OFFSET or WITH");
  }
  if (isSet && (select.limitCount !== undefined || select.all === true)) {
    throw new Unsupported("a set operation with a limit or with duplicates");
  }
}

function readSet(select: SqlNode, operation: string, outer: SqlScope): Program {
  const operator = (
    { SETOP_UNION: "union", SETOP_INTERSECT: "intersect", SETOP_EXCEPT: "except" } as const
  )[operation];
  if (operator === undefined || select.sortClause !== undefined) {
    throw new Unsupported("an ordered set operation");
  }
  const left = readSelect(child(select, "larg") ?? {}, outer);
  if (left.set !== undefined) {
    throw new Unsupported("a chain of set operations");
  }
  return { ...left, set: { operator, query: readSelect(child(select, "rarg") ?? {}, outer) } };
}

function readBlock(select: SqlNode, outer: SqlScope): Program {
  const { names, joins } = readTables(listOf(select.fromClause), outer.graph);
  const scope: SqlScope = { ...outer, names, outer: outer.names.size > 0 ? outer : undefined };
  if (outer.joins === "keys") {
    refuseOtherJoins(joins, scope);
  }
  const { items, versus } = readItems(targetsOf(select), scope);
  const shown = readShown(select, items);
  const limit = child(select, "limitCount");
  const program: Program = {
    tables: [...names.values()].sort((left, right) => left - right),
    distinct: select.distinctClause !== undefined,
    select: items,
    where: [
      ...readJoined(child(select, "whereClause"), scope),
      ...(versus === undefined ? [] : [{ joiner: "and" as const, condition: versus }]),
    ],
    group: listOf(select.groupClause).map((one) => readKey(one, shown, scope, "column")),
    having: readJoined(child(select, "havingClause"), scope),
    order: [],
    descending: false,
    ...(limit === undefined ? {} : { limit: valueAt(limit, "limit", scope) }),
  };
  return { ...program, ...readOrder(select, program, shown, scope) };
}

interface Shown {
  readonly item: Item | undefined;
  /** What the result calls it, in lower case. */
  readonly name: string | undefined;
}

function targetsOf(select: SqlNode): readonly SqlNode[] {
  return listOf(select.targetList).map((one) => child(child(one, "ResTarget"), "val") ?? {});
}

/** Where two expressions are one item, those behind them cannot be told by their number: none is. */
function readShown(select: SqlNode, items: readonly Item[]): readonly Shown[] {
  const targets = listOf(select.targetList);
  return targets.map((one, at) => {
    const name = child(one, "ResTarget")?.name as string | undefined;
    const item = targets.length === items.length ? items[at] : undefined;
    return { item, name: name?.toLowerCase() };
  });
}

/** What is grouped or sorted by: an expression, the name of a result or its number. */
function readKey(
  node: SqlNode,
  shown: readonly Shown[],
  scope: SqlScope,
  first: "column" | "result",
): Term {
  const number = child(child(node, "A_Const"), "ival")?.ival;
  const fields = listOf(child(node, "ColumnRef")?.fields);
  const name = fields.length === 1 ? textOf(fields[0]).toLowerCase() : undefined;
  const named = shown.find((one) => one.name !== undefined && one.name === name);
  const result = typeof number === "number" ? shown[number - 1] : named;
  if (result !== undefined && (first === "result" || name === undefined)) {
    return termOf(result);
  }
  try {
    return readTerm(node, scope);
  } catch (error) {
    if (result === undefined || !(error instanceof Unsupported)) {
      throw error;
    }
    return termOf(result);
  }
}

function termOf({ item }: Shown): Term {
  if (item?.kind !== "term") {
    throw new Unsupported("an order by a computed figure");
  }
  return item.term;
}

function readOrder(
  select: SqlNode,
  program: Program,
  shown: readonly Shown[],
  scope: SqlScope,
): Pick<Program, "order" | "descending" | "ties"> {
  const keys = listOf(select.sortClause).map((one) => {
    const sort = child(one, "SortBy");
    return {
      term: readKey(child(sort, "node") ?? {}, shown, scope, "result"),
      descending: sort?.sortby_dir === "SORTBY_DESC",
    };
  });
  const { asked, ...ties } = withoutTieBreakers(keys, program, scope.graph);
  if (new Set(asked.map((one) => one.descending)).size > 1) {
    throw new Unsupported("two directions of order");
  }
  const descending = asked[0]?.descending ?? false;
  return { order: asked.map((one) => one.term), descending, ...ties };
}

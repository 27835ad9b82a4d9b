/** Columns, aggregates and values of a parsed SELECT, as positions in a schema graph and among a question's values. */
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import {
  calledName,
  child,
  constantOf,
  listOf,
  type SqlNode,
  textOf,
  Unsupported,
} from "./parsed-sql.ts";
import type { Program, Term } from "./program.ts";
import { aggregates, grains, type ProgramAggregate } from "./vocabulary.ts";
import { valueKey } from "./words.ts";

/** What a value of the SQL stands beside: the column it is compared with, or the number of rows it limits. */
export type ValuePlace = number | "*" | "limit";

export interface SqlScope {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** What tables may be joined on. */
  readonly joins: "keys" | "any";
  /** Of the SQL's $1, $2 … */
  readonly params: readonly unknown[];
  /** Asked for a value that no candidate holds. */
  readonly standIn: ((text: string, place: ValuePlace) => number | undefined) | undefined;
  /** Values of the SQL that no candidate holds. */
  readonly missing: string[];
  /** Alias or name, lower case, to table. */
  readonly names: ReadonlyMap<string, number>;
  readonly outer: SqlScope | undefined;
  readonly query: (select: SqlNode, outer: SqlScope) => Program;
}

export function readTerm(node: SqlNode, scope: SqlScope): Term {
  const call = child(node, "FuncCall");
  if (call === undefined) {
    return { column: readColumn(node, scope) };
  }
  const name = calledName(call.funcname);
  const [argument, ...more] = listOf(call.args);
  if (name === "date_trunc") {
    return readGrain(argument, more, scope);
  }
  const counted = name === "count" && call.agg_distinct === true;
  const aggregate: ProgramAggregate | undefined = counted
    ? "countd"
    : aggregates.find((one) => one === name && one !== "countd");
  if (aggregate === undefined) {
    throw new Unsupported(`the function ${name}`);
  }
  const distinct = call.agg_distinct === true && !counted;
  if (call.over !== undefined || call.agg_filter !== undefined || more.length > 0 || distinct) {
    throw new Unsupported("an aggregate over a window, with a filter, or of distinct values");
  }
  return { aggregate, column: argument === undefined ? "*" : readColumn(argument, scope) };
}

/** `date_trunc('month', column)`, in UTC as everything is. */
function readGrain(
  unit: SqlNode | undefined,
  [argument, zone]: readonly SqlNode[],
  scope: SqlScope,
): Term {
  const name = constantOf(unit ?? {}, scope.params);
  const grain = grains.find((one) => one === name);
  const isUtc = zone === undefined || /^utc$/i.test(constantOf(zone, scope.params));
  if (grain === undefined || argument === undefined || !isUtc) {
    throw new Unsupported(`a date cut to ${name}`);
  }
  return { grain, column: readColumn(argument, scope) };
}

export function readColumn(node: SqlNode, scope: SqlScope): number | "*" {
  const reference = child(node, "ColumnRef");
  if (reference === undefined) {
    throw new Unsupported("an expression where a column was expected");
  }
  const parts = listOf(reference.fields);
  if (parts.at(-1)?.A_Star !== undefined) {
    if (parts.length > 1 && scope.names.size > 1) {
      throw new Unsupported("all columns of one table among several");
    }
    return "*";
  }
  const name = textOf(parts.at(-1)).toLowerCase();
  const owner = parts.length > 1 ? textOf(parts.at(-2)).toLowerCase() : undefined;
  for (let at: SqlScope | undefined = scope; at !== undefined; at = at.outer) {
    const found = findColumn(at, name, owner);
    if (found !== undefined) {
      if (at !== scope) {
        throw new Unsupported("a correlated query");
      }
      return found;
    }
  }
  throw new Unsupported(`no column ${name}`);
}

function findColumn(
  { names, graph }: SqlScope,
  name: string,
  owner: string | undefined,
): number | undefined {
  for (const [alias, table] of names) {
    const found =
      owner !== undefined && owner !== alias
        ? undefined
        : graph.tables[table]?.columns.find(
            (one) => graph.columns[one]?.info.name.toLowerCase() === name,
          );
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

/** The position of the candidate that means this value; the last one stands for what the question does not say. */
export function valueAt(node: SqlNode, place: ValuePlace, scope: SqlScope): number {
  return placeOf(constantOf(node, scope.params), place, scope);
}

export function placeOf(text: string, place: ValuePlace, scope: SqlScope): number {
  const { candidates } = scope;
  const held = heldAt(text, candidates);
  if (held !== undefined) {
    return held;
  }
  const other = scope.standIn?.(text, place);
  if (other === undefined) {
    scope.missing.push(text);
  }
  return other ?? candidates.length - 1;
}

/** The candidate that means this value: as the question says it, as the source spells it, or as a number. */
export function heldAt(text: string, candidates: readonly ValueCandidate[]): number | undefined {
  const key = valueKey(text);
  const value = text.trim() === "" ? Number.NaN : Number(text);
  const tests: readonly ((one: ValueCandidate) => boolean)[] = [
    (one) => one.kind !== "period" && valueKey(one.text) === key,
    (one) => [...one.stored.values()].some((other) => valueKey(other) === key),
    (one) => one.kind !== "period" && Number(one.text) === value,
  ];
  return tests.map((test) => candidates.findIndex(test)).find((at) => at >= 0);
}

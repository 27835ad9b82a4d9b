/** A reading of the rules as a program, for the network to judge; none where programs have no words for it. */
import { widest } from "../build-query.ts";
import {
  type ColumnRef,
  isGrouped,
  type Join,
  type Measure,
  type Query,
  type Condition as RuleCondition,
  type Selected,
} from "../ir.ts";
import type { PlainAggregate } from "../operators.ts";
import { compared, conditionsOf, operatorOf } from "./conditions-of-reading.ts";
import {
  type Finder,
  findColumn,
  findNamed,
  findNumber,
  findTable,
  Inexpressible,
} from "./find-in-reading.ts";
import { joinTables, type KeyPreference } from "./join-tables.ts";
import { type Condition, emptyProgram, type Item, type Program, type Term } from "./program.ts";

export interface ProgramContext extends Finder {
  /** As it will be rendered with: a program cannot say on which of two keys it joins. */
  readonly preference: KeyPreference;
}

export function programOfReading(query: Query, context: ProgramContext): Program | undefined {
  try {
    return isWholeRow(query, context) ? listOf(query, context) : summaryOf(query, context);
  } catch (error) {
    if (error instanceof Inexpressible) {
      return undefined;
    }
    throw error;
  }
}

/** Everything there is of one table's rows. */
function isWholeRow({ select, base }: Query, { tables }: ProgramContext): boolean {
  const width = Math.min(widest, tables[base]?.columns.length ?? 0);
  return (
    select.length === width &&
    select.every(
      (item, at) =>
        item.kind === "column" && item.column.table === base && item.column.column === at,
    )
  );
}

function summaryOf(query: Query, context: ProgramContext): Program {
  return {
    ...emptyProgram,
    tables: joinedTables(query.base, query.joins, context),
    distinct: query.distinct,
    select: query.select.map((item) => itemOf(item, context)),
    where: conditionsOf(query.where, context),
    group: isGrouped(query) ? groupsOf(query, context) : [],
    having: query.having.map(({ measure, op, value }) => ({
      joiner: "and",
      condition: {
        term: measured(measure, context),
        operator: operatorOf(op),
        operand: { kind: "values", values: [findNumber(value, context)] },
      },
    })),
    ...orderOf(query, context),
  };
}

/** `*` stands for the columns of every table there is, so that rows of others only filter. */
function listOf(query: Query, context: ProgramContext): Program {
  const { base, where, joins } = query;
  const keyed = context.tables[base]?.primaryKey.length !== 0;
  const foreign = query.order.some(({ by, asked }) => asked && !isOf(base, by));
  if (foreign || (query.distinct && !keyed)) {
    throw new Inexpressible("rows in the order of others, or rows that nothing tells apart");
  }
  const linked = joins
    .filter(({ edge }) => edge.child === base || edge.parent === base)
    .map((join) => linkedRows(query, join, context));
  return {
    ...emptyProgram,
    tables: [findTable(base, context)],
    select: [{ kind: "term", term: { column: "*" } }],
    where: conditionsOf(
      where.filter((one) => tableOf(one) === base),
      context,
      linked,
    ),
    ...orderOf({ ...query, order: query.order.filter(({ by }) => isOf(base, by)) }, context),
  };
}

function isOf(table: number, item: Selected): boolean {
  return item.kind === "column" && item.column.table === table;
}

function tableOf(condition: RuleCondition): number {
  switch (condition.kind) {
    case "named":
      return condition.table;
    case "absent":
    case "frequent":
      return condition.edge.parent;
    default:
      return condition.column.table;
  }
}

/** The rows for which there are such rows of the tables that this join and those behind it add. */
function linkedRows(query: Query, { edge, adds }: Join, context: ProgramContext): Condition {
  const { base, joins, where } = query;
  const inside = new Set([adds]);
  const behind: Join[] = [];
  for (const join of joins) {
    const from = join.edge.child === join.adds ? join.edge.parent : join.edge.child;
    if (from !== base && inside.has(from)) {
      inside.add(join.adds);
      behind.push(join);
    }
  }
  if (edge.childColumns.length !== 1) {
    throw new Inexpressible("a key of several columns");
  }
  const child = findNamed(edge.child, edge.childColumns[0], context);
  const parent = findNamed(edge.parent, edge.parentColumns[0], context);
  const [own, other] = adds === edge.child ? [parent, child] : [child, parent];
  const inner: Program = {
    ...emptyProgram,
    tables: joinedTables(adds, behind, context),
    select: [{ kind: "term", term: { column: other } }],
    where: conditionsOf(
      where.filter((one) => inside.has(tableOf(one))),
      context,
    ),
  };
  return { ...compared(own, "in"), operand: { kind: "query", query: inner } };
}

/** @throws Inexpressible where the tables of the program would be joined on other keys. */
function joinedTables(
  base: number,
  joins: readonly Join[],
  context: ProgramContext,
): readonly number[] {
  const { graph, preference } = context;
  const tables = [base, ...joins.map((join) => join.adds)]
    .map((table) => findTable(table, context))
    .sort((left, right) => left - right);
  const wanted = joins.map(({ edge }) =>
    edge.childColumns.map((column, at) => [
      findNamed(edge.child, column, context),
      findNamed(edge.parent, edge.parentColumns[at], context),
    ]),
  );
  const made = joinTables(graph, tables, preference).slice(1);
  const text = (links: readonly unknown[]): string =>
    links
      .map((one) => JSON.stringify(one))
      .sort()
      .join();
  const keys = made.map(({ key }) => text(key?.links ?? [])).sort();
  if (keys.join(";") !== wanted.map(text).sort().join(";")) {
    throw new Inexpressible("other keys than the nearest");
  }
  return tables;
}

/** @throws Inexpressible */
function itemOf(item: Selected, context: ProgramContext): Item {
  const { measure } = item.kind === "measure" ? item : {};
  switch (measure?.fn) {
    case "part": {
      const [only, ...more] = conditionsOf(measure.conditions, context);
      if (only === undefined || more.length > 0) {
        throw new Inexpressible("a part that several conditions make");
      }
      const { condition } = only;
      return { kind: measure.scale === "number" ? "count_where" : "share_where", condition };
    }
    default:
      return { kind: "term", term: termOf(item, context) };
  }
}

/** @throws Inexpressible */
function termOf(item: Selected, context: ProgramContext): Term {
  switch (item.kind) {
    case "measure":
      return measured(item.measure, context);
    case "column":
      return { column: findColumn(item.column, context) };
    case "grain": {
      if (item.grain === "hour") {
        throw new Inexpressible("hours");
      }
      return { column: findColumn(item.column, context), grain: item.grain };
    }
  }
}

function measured(measure: Measure, context: ProgramContext): Term {
  switch (measure.fn) {
    case "count":
      return { aggregate: "count", column: "*" };
    case "count_distinct":
      return { aggregate: "countd", column: findColumn(measure.column, context) };
    case "metric":
      return metricOf(measure, context);
    case "sum":
    case "avg":
    case "min":
    case "max":
      if (measure.divisor === undefined) {
        return { aggregate: measure.fn, column: findColumn(measure.column, context) };
      }
      throw new Inexpressible("a figure in another unit");
    default:
      throw new Inexpressible("a figure that programs know as an item, or not at all");
  }
}

/** A metric that is one plain aggregate of one column; others are SQL of their own. */
function metricOf(
  { table, metric, divisor }: Extract<Measure, { fn: "metric" }>,
  context: ProgramContext,
): Term {
  const [open, part, close, ...more] = metric.expression.parts;
  const aggregate = /^(sum|avg|min|max)\($/i.exec(String(open).trim())?.[1]?.toLowerCase();
  const plain = typeof part === "object" && String(close).trim() === ")" && more.length === 0;
  if (aggregate === undefined || !plain || divisor !== undefined) {
    throw new Inexpressible("a figure written in SQL");
  }
  return {
    aggregate: aggregate as PlainAggregate,
    column: findNamed(table, part.column, context),
  };
}

/** The key of what is shown by its name stands for the name, which is grouped by in any case. */
function groupsOf({ select, groupAlso }: Query, context: ProgramContext): readonly Term[] {
  const keyed = new Set(groupAlso.map((ref) => ref.table));
  const named = (item: Selected): boolean =>
    item.kind === "measure" || (item.kind === "column" && keyed.has(item.column.table));
  return [
    ...groupAlso.map((ref: ColumnRef): Term => ({ column: findColumn(ref, context) })),
    ...select.filter((item) => !named(item)).map((item) => termOf(item, context)),
  ];
}

/** What was asked for, or what decides which rows come first where only some are wanted. */
function orderOf(
  { order, limit }: Query,
  context: ProgramContext,
): Pick<Program, "order" | "descending" | "limit"> {
  const asked = order.filter((one) => one.asked);
  const kept = asked.length === 0 && limit !== undefined ? order.slice(0, 1) : asked;
  const [first] = kept;
  if (kept.some((one) => one.descending !== first?.descending)) {
    throw new Inexpressible("two directions of order");
  }
  return {
    order: kept.map(({ by }) => termOf(by, context)),
    descending: first?.descending ?? false,
    ...(limit === undefined ? {} : { limit: findNumber(limit, context) }),
  };
}

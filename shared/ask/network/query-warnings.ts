/** What the joins of the rules' queries do to their rows: read as a program's, so that both engines say the same of the same. */
import type { SourceSchema } from "../../sources/ports.ts";
import type { Condition, Measure, Query, Selected } from "../ir.ts";
import { type Finder, findColumn, findTable } from "./find-in-reading.ts";
import { type GraphKey, graphOf } from "./graph.ts";
import { warningsOf } from "./join-warnings.ts";
import type { Item, Joined, Program, Term } from "./program.ts";
import type { ProgramOperator } from "./vocabulary.ts";

export function warningsOfQuery(query: Query, schema: SourceSchema): readonly string[] {
  if (query.joins.length === 0) {
    return [];
  }
  // The graph has an order of its own, in which no query numbers its tables.
  const finder: Finder = { graph: graphOf(schema), candidates: [], tables: schema.tables };
  return warningsOf(programOf(query, finder), finder.graph, (key) =>
    query.joins.some(({ edge }) => isEdge(key, edge, finder)) ? 1 : 0,
  );
}

function isEdge(key: GraphKey, edge: Query["joins"][number]["edge"], finder: Finder): boolean {
  const names = key.links.map(([from]) => finder.graph.columns[from]?.info.name);
  return (
    key.child === findTable(edge.child, finder) &&
    key.parent === findTable(edge.parent, finder) &&
    names.every((name, at) => name === edge.childColumns[at])
  );
}

/** As far as joins matter: values are left out, and so is what a nested query compares with. */
function programOf(query: Query, finder: Finder): Program {
  return {
    tables: [query.base, ...query.joins.map((join) => join.adds)].map((one) =>
      findTable(one, finder),
    ),
    distinct: query.distinct,
    select: query.select.map((one): Item => ({ kind: "term", term: termOf(one, finder) })),
    where: query.where.flatMap((one) => conditionsOf(one, finder)),
    group: query.groupAlso.map((column) => ({ column: findColumn(column, finder) })),
    having: query.having.map(({ measure, op }) =>
      compared(measureOf(measure, finder), op === "<>" ? "!=" : op),
    ),
    order: query.order.map(({ by }) => termOf(by, finder)),
    descending: query.order[0]?.descending === true,
    ...(query.limit !== undefined && { limit: query.limit }),
  };
}

function termOf(one: Selected, finder: Finder): Term {
  switch (one.kind) {
    case "measure":
      return measureOf(one.measure, finder);
    case "grain":
      return {
        column: findColumn(one.column, finder),
        grain: one.grain === "hour" ? "day" : one.grain,
      };
    case "column":
      return { column: findColumn(one.column, finder) };
  }
}

/** Whatever a metric computes, it does so over the rows of its table. */
function measureOf(measure: Measure, finder: Finder): Term {
  switch (measure.fn) {
    case "count":
      return { aggregate: "count", column: "*" };
    case "count_distinct":
      return { aggregate: "countd", column: findColumn(measure.column, finder) };
    case "metric":
      return { aggregate: "max", column: findColumn({ table: measure.table, column: 0 }, finder) };
    case "part":
      return { aggregate: "count", column: "*" };
    case "rows_each":
      return { aggregate: "countd", column: findColumn(measure.column, finder) };
    case "sum":
    case "avg":
    case "min":
    case "max":
      return { aggregate: measure.fn, column: findColumn(measure.column, finder) };
    default:
      // As often as a row comes, it weighs in a percentile as in an average.
      return { aggregate: "avg", column: findColumn(measure.column, finder) };
  }
}

function conditionsOf(one: Condition, finder: Finder): readonly Joined[] {
  switch (one.kind) {
    case "absent":
    case "frequent":
      return [];
    case "named":
      return [compared({ column: findColumn({ table: one.table, column: 0 }, finder) }, "=")];
    default:
      return [compared({ column: findColumn(one.column, finder) }, "=")];
  }
}

function compared(term: Term, operator: ProgramOperator): Joined {
  return {
    joiner: "and",
    condition: { term, operator, operand: { kind: "values", values: [] } },
  };
}

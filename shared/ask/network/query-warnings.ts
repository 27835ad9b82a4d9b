/** What the joins of the rules' queries do to their rows: read as a program's, so that both engines say the same of the same. */
import type { SourceSchema } from "../../sources/ports.ts";
import type { ColumnRef, Condition, Measure, Query, Selected } from "../ir.ts";
import { type GraphKey, graphOf, type SchemaGraph } from "./graph.ts";
import { warningsOf } from "./join-warnings.ts";
import type { Item, Joined, Program, Term } from "./program.ts";
import type { ProgramOperator } from "./vocabulary.ts";

export function warningsOfQuery(query: Query, schema: SourceSchema): readonly string[] {
  if (query.joins.length === 0) {
    return [];
  }
  const graph = graphOf(schema);
  return warningsOf(programOf(query, graph), graph, (key) =>
    query.joins.some(({ edge }) => isEdge(key, edge, graph)) ? 1 : 0,
  );
}

function isEdge(key: GraphKey, edge: Query["joins"][number]["edge"], graph: SchemaGraph): boolean {
  const names = key.links.map(([from]) => graph.columns[from]?.info.name);
  return (
    key.child === edge.child &&
    key.parent === edge.parent &&
    names.every((name, at) => name === edge.childColumns[at])
  );
}

/** As far as joins matter: values are left out, and so is what a nested query compares with. */
function programOf(query: Query, graph: SchemaGraph): Program {
  return {
    tables: [query.base, ...query.joins.map((join) => join.adds)],
    distinct: query.distinct,
    select: query.select.map((one): Item => ({ kind: "term", term: termOf(one, graph) })),
    where: query.where.flatMap((one) => conditionsOf(one, graph)),
    group: query.groupAlso.map((column) => ({ column: at(column, graph) })),
    having: query.having.map(({ measure, op }) =>
      compared(measureOf(measure, graph), op === "<>" ? "!=" : op),
    ),
    order: query.order.map(({ by }) => termOf(by, graph)),
    descending: query.order[0]?.descending === true,
    ...(query.limit !== undefined && { limit: query.limit }),
  };
}

function at({ table, column }: ColumnRef, graph: SchemaGraph): number {
  return graph.tables[table]?.columns[column] ?? -1;
}

function termOf(one: Selected, graph: SchemaGraph): Term {
  switch (one.kind) {
    case "measure":
      return measureOf(one.measure, graph);
    case "grain":
      return { column: at(one.column, graph), grain: one.grain === "hour" ? "day" : one.grain };
    case "column":
      return { column: at(one.column, graph) };
  }
}

/** Whatever a metric computes, it does so over the rows of its table. */
function measureOf(measure: Measure, graph: SchemaGraph): Term {
  switch (measure.fn) {
    case "count":
      return { aggregate: "count", column: "*" };
    case "count_distinct":
      return { aggregate: "countd", column: at(measure.column, graph) };
    case "metric":
      return { aggregate: "max", column: at({ table: measure.table, column: 0 }, graph) };
    case "part":
      return { aggregate: "count", column: "*" };
    case "rows_each":
      return { aggregate: "countd", column: at(measure.column, graph) };
    case "sum":
    case "avg":
    case "min":
    case "max":
      return { aggregate: measure.fn, column: at(measure.column, graph) };
    default:
      // As often as a row comes, it weighs in a percentile as in an average.
      return { aggregate: "avg", column: at(measure.column, graph) };
  }
}

function conditionsOf(one: Condition, graph: SchemaGraph): readonly Joined[] {
  switch (one.kind) {
    case "absent":
    case "frequent":
      return [];
    case "named":
      return [compared({ column: at({ table: one.table, column: 0 }, graph) }, "=")];
    default:
      return [compared({ column: at(one.column, graph) }, "=")];
  }
}

function compared(term: Term, operator: ProgramOperator): Joined {
  return {
    joiner: "and",
    condition: { term, operator, operand: { kind: "values", values: [] } },
  };
}

/** The order in which rows are shown where the question asks for none: moments as they pass, the largest figure and the latest row first. */
import { defaultTime } from "../column-kinds.ts";
import type { SchemaGraph } from "./graph.ts";
import { isAggregate, isFigure, type Program, type Term } from "./program.ts";
import { subjectOf } from "./program-subject.ts";

/** Columns by which different rows are put in order. */
const MOST_TERMS = 4;

type Order = Pick<Program, "order" | "descending">;

/** Which rows there are stays the same. */
export function inUsualOrder(program: Program, graph: SchemaGraph): Program {
  const { order, set, per, limit, where } = program;
  const compares = where.some(({ condition }) => condition.operator === "versus");
  const decided = order.length > 0 || set !== undefined || per !== undefined || compares;
  return decided || limit !== undefined ? program : { ...program, ...usualOrder(program, graph) };
}

function usualOrder(program: Program, graph: SchemaGraph): Order {
  const shown = program.select.flatMap((item) => (item.kind === "term" ? [item.term] : []));
  const moment = shown.find((term) => term.grain !== undefined);
  if (moment !== undefined) {
    return upwards([moment]);
  }
  if (program.select.some(isFigure) || program.group.length > 0) {
    const figure = shown.find(isAggregate);
    const grouped = shown.some((term) => !isAggregate(term));
    return figure !== undefined && grouped ? { order: [figure], descending: true } : upwards([]);
  }
  if (program.distinct) {
    return upwards(shown.filter((term) => term.column !== "*").slice(0, MOST_TERMS));
  }
  const subject = subjectOf(program, graph);
  return subject === undefined ? upwards([]) : ofRows(subject, graph);
}

function upwards(order: readonly Term[]): Order {
  return { order, descending: false };
}

function ofRows(table: number, graph: SchemaGraph): Order {
  const node = graph.tables[table];
  const time = node === undefined ? undefined : defaultTime(node.info, table);
  const info = node?.info.columns[time?.column.column ?? -1];
  const own = node?.columns ?? [];
  const at = own.find((column) => info !== undefined && graph.columns[column]?.info === info);
  return at === undefined
    ? upwards(own.filter((one) => graph.columns[one]?.primaryKey).map((column) => ({ column })))
    : { order: [{ column: at }], descending: true };
}

/** What the SQL of a program groups and sorts by without the program saying so: the renderer adds it, and reading SQL leaves it out. */
import type { SchemaGraph } from "./graph.ts";
import { isAggregate, isFigure, type Program, type Term } from "./program.ts";
import { subjectOf } from "./program-subject.ts";

/** What is shown or sorted by beside an aggregate is grouped by, whether the program says so or not. */
export function groupTerms(program: Program): readonly Term[] {
  const shown = program.select.flatMap((item) => (item.kind === "term" ? [item.term] : []));
  const terms = [...shown, ...program.order];
  const aggregated =
    program.order.some(isAggregate) ||
    program.select.some(isFigure) ||
    program.having.length > 0 ||
    program.group.length > 0;
  if (!aggregated) {
    return [];
  }
  return [...program.group, ...terms.filter((term) => !isAggregate(term) && term.column !== "*")];
}

/** Rows cannot be both distinct and in the order of something that is not shown. */
export function isDistinct(program: Program): boolean {
  const shown = new Set(
    program.select.flatMap((item) => (item.kind === "term" ? [JSON.stringify(item.term)] : [])),
  );
  return program.distinct && program.order.every((term) => shown.has(JSON.stringify(term)));
}

/** The same question has the same answer also where rows are equal in what was asked for: then their keys decide. */
export function tieBreakers(program: Program, graph: SchemaGraph): readonly Term[] {
  if (isDistinct(program) || program.set !== undefined) {
    return [];
  }
  const groups = groupTerms(program);
  if (groups.length > 0) {
    return groups;
  }
  if (program.select.some(isFigure)) {
    return [];
  }
  const subject = subjectOf(program, graph);
  const tables = subject === undefined ? program.tables : [subject];
  return graph.columns.flatMap((one, column) =>
    tables.includes(one.table) && one.primaryKey ? [{ column }] : [],
  );
}

/**
 * Groups of one value follow the order, so that one direction shows the other reversed; what takes several values to tell
 * apart, and rows, come ascending: the first entered first. SQLite happens to do the same.
 */
export function tieDirection(program: Program): "ascending" | "descending" {
  const values = new Set(groupTerms(program).map((term) => JSON.stringify(term)));
  const follows = values.size === program.order.length ? "descending" : "ascending";
  return program.descending && values.size > 0 ? (program.ties ?? follows) : "ascending";
}

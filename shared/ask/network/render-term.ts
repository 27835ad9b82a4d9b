/** Terms as SQL: a column, what is made of it, or the span of time it falls into. */
import { asNumber, truncated } from "./dialect.ts";
import type { Program, Term } from "./program.ts";
import { columnName, type Scope } from "./render-names.ts";

export function isAggregate(term: Term): boolean {
  return term.aggregate !== undefined;
}

export function renderTerm(term: Term, scope: Scope): string {
  const { aggregate, grain, column } = term;
  if (column === "*") {
    return aggregate === undefined ? "*" : "count(*)";
  }
  const name = columnName(column, scope);
  const info = scope.graph.columns[column];
  if (grain !== undefined) {
    return truncated(name, grain, info?.info.type ?? "", scope.writer);
  }
  switch (aggregate) {
    case undefined:
      return name;
    case "countd":
      return `count(distinct ${name})`;
    case "sum":
    case "avg":
      return `${aggregate}(${info?.kind === "text" ? asNumber(name, scope.writer) : name})`;
    default:
      return `${aggregate}(${name})`;
  }
}

/** Whether the query gives one row at most, so that it can stand where a value does. */
export function isSingleRow(
  program: Program,
  limit: (program: Program) => number | undefined,
): boolean {
  const only = program.select.every((item) => item.kind !== "term" || isAggregate(item.term));
  return (
    program.set === undefined && ((only && program.group.length === 0) || limit(program) === 1)
  );
}

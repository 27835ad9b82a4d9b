/** Terms as SQL: a column, what is made of it, or the span of time it falls into. */
import { truncated } from "../moments.ts";
import { asNumber } from "./dialect.ts";
import { isAggregate, isFigure, type Program, type Term } from "./program.ts";
import { columnName, type Scope } from "./render-names.ts";

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
    default:
      return `${aggregate}(${figureOf(term, scope)})`;
  }
}

/** The column as its aggregate needs it: sums and averages are of numbers, whatever holds them. */
export function figureOf({ aggregate, column }: Term, scope: Scope): string {
  const name = columnName(column === "*" ? -1 : column, scope);
  if (aggregate !== "sum" && aggregate !== "avg") {
    return name;
  }
  switch (scope.graph.columns[Number(column)]?.kind) {
    case "text":
      return asNumber(name, scope.writer);
    case "boolean":
      return `${name}::integer`;
    default:
      return name;
  }
}

/** How many rows the query is cut to; undefined where it is not. */
export function limitOf({ limit }: Program, { candidates }: Scope): number | undefined {
  if (limit === undefined) {
    return undefined;
  }
  const rows = Math.trunc(Number(candidates[limit]?.text));
  return Number.isSafeInteger(rows) && rows >= 0 ? rows : 1;
}

/** Whether the query gives one row at most, so that it can stand where a value does. */
export function isSingleRow(program: Program, scope: Scope): boolean {
  const only =
    program.group.length === 0 &&
    program.select.every(isFigure) &&
    program.order.every(isAggregate);
  const first = limitOf(program, scope) === 1;
  return program.set === undefined && program.per === undefined && (only || first);
}

/** Conditions as SQL: what a column is compared with depends on what the column holds. */

import { bindMoment, momentOf, periodLimits } from "../moments.ts";
import type { ValueCandidate } from "./candidates.ts";
import { asText, bindNumber, bindText } from "./dialect.ts";
import type { ColumnKind } from "./graph.ts";
import type { Condition, Joined, Program } from "./program.ts";
import { columnName, type Scope } from "./render-names.ts";
import { isSingleRow, renderTerm } from "./render-term.ts";

const DAY = 86_400_000;

export function renderConditions(joined: readonly Joined[], scope: Scope): string {
  const alternatives: string[][] = [];
  joined.forEach(({ joiner, condition }, at) => {
    const text = renderCondition(condition, scope);
    if (at === 0 || joiner === "or") {
      alternatives.push([text]);
    } else {
      alternatives.at(-1)?.push(text);
    }
  });
  const several = alternatives.length > 1;
  return alternatives
    .map((all) => (several && all.length > 1 ? `(${all.join(" and ")})` : all.join(" and ")))
    .join(" or ");
}

export function renderCondition(condition: Condition, scope: Scope): string {
  const { term, operator, operand } = condition;
  const left = renderTerm(term, scope);
  const kind = kindOf(condition, scope);
  if (operator === "isnull" || operator === "notnull") {
    return `${left} is ${operator === "notnull" ? "not " : ""}null`;
  }
  if (operand.kind === "query") {
    return renderNested(left, kind, operator, operand.query, scope);
  }
  if (operand.kind === "column") {
    const right = columnName(operand.column, scope);
    const same = scope.graph.columns[operand.column]?.kind === kind;
    return same
      ? `${left} ${sign(operator)} ${right}`
      : `${asText(left, scope.writer)} ${sign(operator)} ${asText(right, scope.writer)}`;
  }
  const values = operand.values
    .map((at) => scope.candidates[at])
    .filter((one) => one !== undefined);
  const [first, second] = values;
  if (first === undefined) {
    throw new RangeError("a program names a value that the question does not have");
  }
  return renderWithValues(
    worded(left, kind, condition, scope),
    kind,
    condition,
    [first, second ?? first],
    scope,
  );
}

/** A type of its own, such as an enumeration, compares with texts only once it is one. */
function worded(left: string, kind: ColumnKind, condition: Condition, scope: Scope): string {
  const isText = /^(text|character|char|varchar|bpchar|citext|string)/i.test(
    typeOf(condition, scope),
  );
  return kind === "text" && !isText ? asText(left, scope.writer) : left;
}

function renderWithValues(
  left: string,
  kind: ColumnKind,
  condition: Condition,
  [first, second]: readonly [ValueCandidate, ValueCandidate],
  scope: Scope,
): string {
  const { operator } = condition;
  if (operator === "period" || operator === "versus") {
    return renderPeriod(left, condition, first, scope);
  }
  if (/contains|starts|ends/.test(operator)) {
    return renderPattern(left, kind, operator, first.text, scope);
  }
  if (operator === "between" || operator === "notbetween") {
    return renderBetween(left, kind, condition, [first, second], scope);
  }
  return renderComparison(left, kind, condition, first, scope);
}

function kindOf({ term }: Condition, { graph }: Scope): ColumnKind {
  const counts = term.aggregate !== undefined && !/^(max|min)$/.test(term.aggregate);
  return counts || term.column === "*" ? "number" : (graph.columns[term.column]?.kind ?? "text");
}

function sign(operator: string): string {
  return operator === "!=" ? "<>" : operator;
}

function renderNested(
  left: string,
  kind: ColumnKind,
  operator: string,
  query: Program,
  scope: Scope,
): string {
  const single = isSingleRow(query, scope);
  const [item] = query.select;
  const inner =
    item?.kind === "term"
      ? kindOf({ term: item.term, operator: "=", operand: { kind: "values", values: [] } }, scope)
      : "number";
  const text = scope.query(query);
  const nested =
    inner === kind || item?.kind !== "term"
      ? `(\n${text}\n)`
      : `(select ${asText("one", scope.writer)} from (\n${text}\n) as inner_rows(one))`;
  const own = inner === kind || item?.kind !== "term" ? left : asText(left, scope.writer);
  const many = operator === "in" || (operator === "=" && !single);
  const none = operator === "notin" || (operator === "!=" && !single);
  return `${own} ${many ? "in" : none ? "not in" : sign(operator)} ${nested}`;
}

function renderPeriod(
  left: string,
  condition: Condition,
  { period }: ValueCandidate,
  scope: Scope,
): string {
  const limits = periodLimits(left, typeOf(condition, scope), period ?? {}, scope.writer);
  return limits.length === 0 ? "true" : limits.join(" and ");
}

function renderPattern(
  left: string,
  kind: ColumnKind,
  operator: string,
  text: string,
  scope: Scope,
): string {
  // PostgreSQL escapes with a backslash unless told otherwise, the other two with nothing.
  const special = /[\\%_]/.test(text);
  const plain = special ? text.replace(/[!%_]/g, "!$&") : text;
  const before = operator.endsWith("starts") ? "" : "%";
  const after = operator.endsWith("ends") ? "" : "%";
  const own = kind === "text" ? left : asText(left, scope.writer);
  const not = operator.startsWith("not") ? "not " : "";
  return `${own} ${not}ilike ${bindText(`${before}${plain}${after}`, scope.writer)}${special ? " escape '!'" : ""}`;
}

/** Two comparisons where the ends are not plainly of the column's kind: years, days that count as a whole, words. */
function renderBetween(
  left: string,
  kind: ColumnKind,
  condition: Condition,
  [low, high]: readonly [ValueCandidate, ValueCandidate],
  scope: Scope,
): string {
  const not = condition.operator === "notbetween" ? "not " : "";
  const numbers = isNumber(low.text) && isNumber(high.text);
  if (kind === "text" || (kind === "number" && numbers)) {
    const bound = ({ text }: ValueCandidate): string =>
      kind === "text" ? bindText(text, scope.writer) : bindNumber(Number(text), scope.writer);
    return `${left} ${not}between ${bound(low)} and ${bound(high)}`;
  }
  const from = renderComparison(left, kind, { ...condition, operator: ">=" }, low, scope);
  const to = renderComparison(left, kind, { ...condition, operator: "<=" }, high, scope);
  return `${not}(${from} and ${to})`;
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && !Number.isNaN(Number(text));
}

function renderComparison(
  left: string,
  kind: ColumnKind,
  condition: Condition,
  value: ValueCandidate,
  scope: Scope,
): string {
  const { operator, term } = condition;
  const at = sign(operator);
  if (kind === "text") {
    const stored = term.column === "*" ? undefined : value.stored.get(term.column);
    if (stored !== undefined || !/^(=|<>)$/.test(at)) {
      return `${left} ${at} ${bindText(stored ?? value.text, scope.writer)}`;
    }
    return `lower(${left}) ${at} lower(${bindText(value.text, scope.writer)})`;
  }
  if (kind === "boolean") {
    return `${left} ${at} ${isYes(value.text) ? "true" : "false"}`;
  }
  if (kind === "time") {
    return renderMoment(left, at, condition, value, scope);
  }
  return isNumber(value.text)
    ? `${left} ${at} ${bindNumber(Number(value.text), scope.writer)}`
    : `${asText(left, scope.writer)} ${at} ${bindText(value.text, scope.writer)}`;
}

/** What a text says of a column that is true or false. */
export function isYes(text: string): boolean {
  return /^(1|t|true|y|yes)$/i.test(text);
}

/** A year compares with the year of a moment, a day with the whole of that day. */
function renderMoment(
  left: string,
  at: string,
  condition: Condition,
  value: ValueCandidate,
  scope: Scope,
): string {
  if (/^\d{4}$/.test(value.text)) {
    return `extract(year from ${left}) ${at} ${bindNumber(Number(value.text), scope.writer)}`;
  }
  const moment = readMoment(value.text);
  if (moment === undefined) {
    return `${asText(left, scope.writer)} ${at} ${bindText(value.text, scope.writer)}`;
  }
  const type = typeOf(condition, scope);
  const bound = (when: number): string =>
    bindMoment(when, momentOf(type, scope.writer.dialect), scope.writer);
  const isDay = moment % DAY === 0 && momentOf(type, scope.writer.dialect) !== "date";
  if (!isDay) {
    return `${left} ${at} ${bound(moment)}`;
  }
  switch (at) {
    case "=":
      return `${left} >= ${bound(moment)} and ${left} < ${bound(moment + DAY)}`;
    case "<>":
      return `(${left} < ${bound(moment)} or ${left} >= ${bound(moment + DAY)})`;
    case ">":
      return `${left} >= ${bound(moment + DAY)}`;
    case "<=":
      return `${left} < ${bound(moment + DAY)}`;
    default:
      return `${left} ${at} ${bound(moment)}`;
  }
}

function typeOf({ term }: Condition, { graph }: Scope): string {
  return term.column === "*" ? "" : (graph.columns[term.column]?.info.type ?? "");
}

function readMoment(text: string): number | undefined {
  const iso = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?$/.exec(text);
  const at =
    iso === null
      ? Number.NaN
      : Date.parse(`${text.replace(" ", "T")}${text.length > 10 ? "Z" : ""}`);
  return Number.isNaN(at) ? undefined : at;
}

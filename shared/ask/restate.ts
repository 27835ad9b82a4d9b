/** Says in plain English what a query asks for, so that a person can check it without reading SQL. */
import { inWords } from "../kernel/identifiers.ts";
import type { TableInfo } from "../sources/ports.ts";
import { columnAt, keyColumns } from "./column-kinds.ts";
import {
  type ColumnRef,
  type Condition,
  type Measure,
  type Query,
  type Selected,
  sameColumn,
} from "./ir.ts";
import type { PartScale } from "./operators.ts";
import type { Period } from "./periods.ts";

const functionNames: Readonly<Record<string, string>> = {
  sum: "sum of",
  avg: "average",
  min: "lowest",
  max: "highest",
  median: "median",
  p90: "90th percentile of",
  p95: "95th percentile of",
  p99: "99th percentile of",
};
const partNames: Readonly<Record<PartScale, string>> = {
  share: "share (0 to 1) of",
  percent: "percentage of",
  number: "number of",
};
const comparisons: Readonly<Record<string, string>> = {
  ">": "more than",
  ">=": "at least",
  "<": "less than",
  "<=": "at most",
  "=": "equal to",
  "<>": "other than",
};

export function restate(query: Query, tables: readonly TableInfo[]): string {
  const measures = query.select.filter((item) => item.kind === "measure");
  const others = query.select.filter((item) => item.kind !== "measure");
  const base = inWords(tables[query.base]?.name ?? "");
  const wide = others.length > 6 || others.length === tables[query.base]?.columns.length;
  const what =
    measures.length > 0
      ? measures.map((item) => phrase(item, query, tables)).join(" and ")
      : wide
        ? base
        : `${query.distinct ? "distinct " : ""}${others.map((item) => phrase(item, query, tables)).join(", ")} of ${base}`;
  const per =
    measures.length > 0 && others.length > 0
      ? ` for each ${others.map((item) => phrase(item, query, tables)).join(" and ")}`
      : "";
  const where =
    query.where.length === 0
      ? ""
      : `, where ${query.where.map((one) => condition(one, query, tables)).join(" and ")}`;
  const having =
    query.having.length === 0
      ? ""
      : `, with ${query.having.map((one) => `${measureName(one.measure, query, tables)} ${comparisons[one.op]} ${one.value}`).join(" and ")}`;
  const order = orderPhrase(query, tables);
  const limit = query.limit === undefined ? "" : `, first ${query.limit} only`;
  const text = `${what}${per}${company(query, tables)}${where}${having}${order}${limit}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Tables that are joined only so that there is a row: `jobs with incidents`. */
function company(query: Query, tables: readonly TableInfo[]): string {
  const shown = query.select.flatMap((item) =>
    item.kind === "measure" ? [] : [item.column.table],
  );
  const filtered = query.where.flatMap((one) =>
    one.kind === "absent" || one.kind === "frequent"
      ? []
      : [one.kind === "named" ? one.table : one.column.table],
  );
  const silent = query.joins.filter(
    (join) => join.fans && ![...shown, ...filtered].includes(join.adds),
  );
  return silent.length === 0
    ? ""
    : `, with ${silent.map((join) => inWords(tables[join.adds]?.name ?? "")).join(" and ")}`;
}

/** Which keys a query joins on, for readings that differ in nothing else. */
export function restateJoins(query: Query): string {
  return query.joins.map((join) => join.edge.childColumns.map(inWords).join(" and ")).join(", ");
}

function orderPhrase(query: Query, tables: readonly TableInfo[]): string {
  const keys =
    tables[query.base] === undefined ? [] : keyColumns(tables[query.base] as TableInfo, query.base);
  const first = query.order.find(
    (one) =>
      one.by.kind !== "column" ||
      !keys.some((key) => one.by.kind === "column" && sameColumn(key, one.by.column)),
  );
  return first === undefined
    ? ""
    : `, ${first.descending ? "highest or latest" : "lowest or earliest"} ${phrase(first.by, query, tables)} first`;
}

function phrase(item: Selected, query: Query, tables: readonly TableInfo[]): string {
  if (item.kind === "measure") {
    return measureName(item.measure, query, tables);
  }
  return item.kind === "grain"
    ? `${item.grain} of ${name(item.column, query, tables)}`
    : name(item.column, query, tables);
}

function measureName(measure: Measure, query: Query, tables: readonly TableInfo[]): string {
  if (measure.fn === "count") {
    return `number of ${inWords(tables[measure.table]?.name ?? "")}`;
  }
  if (measure.fn === "metric") {
    const divided = measure.divisor === undefined ? "" : ` / ${measure.divisor}`;
    return `${measure.metric.name} (${measure.metric.expression.text}${divided})`;
  }
  if (measure.fn === "count_distinct") {
    const own = columnAt(tables, measure.column)?.name ?? "";
    const isKey = tables[measure.column.table]?.primaryKey.includes(own) === true;
    return `number of ${isKey ? inWords(tables[measure.column.table]?.name ?? "") : `different values of ${name(measure.column, query, tables)}`}`;
  }
  if (measure.fn === "part") {
    const said = measure.conditions.map((one) => condition(one, query, tables)).join(" and ");
    return `${partNames[measure.scale]} ${inWords(tables[measure.table]?.name ?? "")} whose ${said}`;
  }
  if (measure.fn === "rows_each") {
    const rows = inWords(tables[measure.column.table]?.name ?? "");
    return `average number of ${rows} for each ${name(measure.column, query, tables)} that has any`;
  }
  const divided = measure.divisor === undefined ? "" : ` divided by ${measure.divisor}`;
  return `${functionNames[measure.fn]} ${name(measure.column, query, tables)}${divided}`;
}

function condition(one: Condition, query: Query, tables: readonly TableInfo[]): string {
  if (one.kind === "absent") {
    const inner = one.inner.map((part) => condition(part, query, tables)).join(" and ");
    return `there are no ${inWords(tables[one.edge.child]?.name ?? "")}${inner === "" ? "" : ` whose ${inner}`}`;
  }
  if (one.kind === "frequent") {
    return `there are ${comparisons[one.op]} ${one.value} ${inWords(tables[one.edge.child]?.name ?? "")}`;
  }
  if (one.kind === "named") {
    const { filter, negated } = one;
    const { name: called, condition: defined } = filter;
    const said = called === defined.text ? defined.text : `“${called}” (${defined.text})`;
    return `${inWords(filter.table.name)} are ${negated ? "not " : ""}${said}`;
  }
  const column = name(one.column, query, tables);
  switch (one.kind) {
    case "null":
      return `${column} is ${one.negated ? "known" : "missing"}`;
    case "in":
      return `${column} is ${one.negated ? "not " : ""}${one.values.join(" or ")}`;
    case "between":
      return `${column} is between ${one.low} and ${one.high}`;
    case "compare":
      return typeof one.value === "boolean"
        ? `${column} is ${one.value ? "true" : "false"}`
        : `${column} is ${comparisons[one.op]} ${one.value}`;
    case "period":
      return `${column} is ${interval(one.period)}`;
  }
}

/** Whole days read as days: `on 2026-05-14`, `from 2026-05-01 to 2026-05-14`. */
export function interval(period: Pick<Period, "from" | "to">): string {
  const { from, to } = period;
  if (from !== undefined && to !== undefined) {
    const first = moment(from, 0);
    const last = moment(to, -1);
    return first === last ? `on ${first}` : `from ${first} to ${last}`;
  }
  return from === undefined ? `before ${moment(to ?? 0, 0)}` : `since ${moment(from, 0)}`;
}

function moment(at: number, shift: number): string {
  const iso = new Date(at).toISOString();
  const wholeDay = iso.endsWith("T00:00:00.000Z");
  return wholeDay
    ? new Date(at + shift * 86_400_000).toISOString().slice(0, 10)
    : `${iso.slice(0, 16).replace("T", " ")} UTC`;
}

/** `status` in the base table, `customers’ region` elsewhere. */
function name(ref: ColumnRef, query: Query, tables: readonly TableInfo[]): string {
  const own = inWords(columnAt(tables, ref)?.name ?? "");
  return ref.table === query.base ? own : `${inWords(tables[ref.table]?.name ?? "")}’ ${own}`;
}

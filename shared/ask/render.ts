/** Writes a query as PostgreSQL: identifiers quoted where needed, every value a bound parameter. */
import type { JsonValue, TableInfo } from "../sources/ports.ts";
import { columnAt, isTime } from "./column-kinds.ts";
import {
  type ColumnRef,
  type Condition,
  isGrouped,
  type JoinEdge,
  type Measure,
  type Query,
  type Selected,
} from "./ir.ts";
import { periodLimits, truncated, type Writer } from "./moments.ts";
import { percentiles } from "./operators.ts";
import type { SemanticExpression } from "./ports.ts";
import { reservedWords } from "./reserved-words.ts";

export interface Rendered {
  readonly sql: string;
  readonly params: readonly JsonValue[];
}

interface Scope {
  readonly tables: readonly TableInfo[];
  readonly params: JsonValue[];
  /** Whether columns need their table's name in front. */
  readonly qualify: boolean;
}

export function renderQuery(query: Query, tables: readonly TableInfo[]): Rendered {
  const [only] = query.select;
  if (only?.kind === "measure" && only.measure.fn === "rows_each") {
    return renderRowsEach(query, only.measure.column, tables);
  }
  const nested = query.where.some((condition) => condition.kind === "absent");
  const scope: Scope = { tables, params: [], qualify: query.joins.length > 0 || nested };
  const names = outputNames(query, tables);
  const lines = [
    `select ${query.distinct ? "distinct " : ""}${query.select.map((item, at) => `${selected(item, scope)}${as(item, names[at], scope)}`).join(", ")}`,
    `from ${tableName(query.base, tables)}`,
    ...query.joins.map(
      (join) => `join ${tableName(join.adds, tables)} on ${joinCondition(join.edge, scope)}`,
    ),
  ];
  if (query.where.length > 0) {
    lines.push(
      `where ${query.where.map((condition) => renderCondition(condition, scope)).join(" and ")}`,
    );
  }
  const groups = [
    ...query.select.filter((item) => item.kind !== "measure").map((item) => selected(item, scope)),
    ...query.groupAlso.map((ref) => columnName(ref, scope)),
  ];
  if (isGrouped(query) && groups.length > 0) {
    lines.push(`group by ${[...new Set(groups)].join(", ")}`);
  }
  if (query.having.length > 0) {
    lines.push(
      `having ${query.having.map((one) => `${measure(one.measure, scope)} ${one.op} ${bind(one.value, "numeric", scope)}`).join(" and ")}`,
    );
  }
  if (query.order.length > 0) {
    lines.push(
      `order by ${query.order.map((one) => `${selected(one.by, scope)}${one.descending ? " desc nulls last" : ""}`).join(", ")}`,
    );
  }
  if (query.limit !== undefined) {
    lines.push(`limit ${bind(query.limit, "bigint", scope)}`);
  }
  return { sql: lines.join("\n"), params: scope.params };
}

/** How many rows each of the others has, and the average of that. */
function renderRowsEach(query: Query, column: ColumnRef, tables: readonly TableInfo[]): Rendered {
  const counts: Query = {
    ...query,
    select: [{ kind: "measure", measure: { fn: "count", table: column.table } }],
    where: [...query.where, { kind: "null", column, negated: true }],
    groupAlso: [column],
    order: [],
  };
  const { sql, params } = renderQuery(counts, tables);
  return { sql: `select avg(count) as average_count\nfrom (\n${sql}\n) as counted`, params };
}

/** A bare name where PostgreSQL reads it back as is, else in double quotes. */
export function quoteIdentifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !reservedWords.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;
}

function tableName(at: number, tables: readonly TableInfo[]): string {
  const table = tables[at];
  if (table === undefined) {
    throw new RangeError("a query names a table that the schema does not have");
  }
  const schema = table.schema === "public" ? "" : `${quoteIdentifier(table.schema)}.`;
  return `${schema}${quoteIdentifier(table.name)}`;
}

function columnName(ref: ColumnRef, scope: Scope): string {
  const column = columnAt(scope.tables, ref);
  if (column === undefined) {
    throw new RangeError("a query names a column that the schema does not have");
  }
  return `${scope.qualify ? `${tableName(ref.table, scope.tables)}.` : ""}${quoteIdentifier(column.name)}`;
}

function joinCondition(edge: JoinEdge, scope: Scope): string {
  const child = tableName(edge.child, scope.tables);
  const parent = tableName(edge.parent, scope.tables);
  return edge.childColumns
    .map(
      (column, at) =>
        `${child}.${quoteIdentifier(column)} = ${parent}.${quoteIdentifier(edge.parentColumns[at] ?? "")}`,
    )
    .join(" and ");
}

function selected(item: Selected, scope: Scope): string {
  if (item.kind === "measure") {
    return measure(item.measure, scope);
  }
  const name = columnName(item.column, scope);
  if (item.kind === "column") {
    return name;
  }
  const type = columnAt(scope.tables, item.column)?.type ?? "";
  return truncated(name, item.grain, type, writerOf(scope));
}

function measure(one: Measure, scope: Scope): string {
  if (one.fn === "count") {
    return "count(*)";
  }
  if (one.fn === "part") {
    return part(one, scope);
  }
  if (one.fn === "metric") {
    return divided(expression(one.metric.expression, one.table, scope), one.divisor);
  }
  const name = columnName(one.column, scope);
  switch (one.fn) {
    case "count_distinct":
      return `count(distinct ${name})`;
    case "rows_each":
      throw new RangeError("an average of counts stands alone");
    case "median":
    case "p90":
    case "p95":
    case "p99":
      return divided(
        `percentile_cont(${percentiles[one.fn]}) within group (order by ${name})`,
        one.divisor,
      );
    default:
      return divided(`${one.fn}(${name})`, one.divisor);
  }
}

function divided(text: string, divisor: number | undefined): string {
  return divisor === undefined ? text : `${text} / ${divisor.toFixed(divisor < 1 ? 9 : 1)}`;
}

function part({ scale, conditions }: Extract<Measure, { fn: "part" }>, scope: Scope): string {
  const when = conditions.map((one) => renderCondition(one, scope)).join(" and ");
  const rows = `count(case when ${when} then 1 end)`;
  switch (scale) {
    case "number":
      return rows;
    case "share":
      return `1.0 * ${rows} / nullif(count(*), 0)`;
    case "percent":
      return `100.0 * ${rows} / nullif(count(*), 0)`;
  }
}

/** As it is defined, with its columns under the names that they have in this query. */
function expression({ parts }: SemanticExpression, table: number, scope: Scope): string {
  const prefix = scope.qualify ? `${tableName(table, scope.tables)}.` : "";
  return parts
    .map((part) => (typeof part === "string" ? part : `${prefix}${quoteIdentifier(part.column)}`))
    .join("");
}

function as(item: Selected, name: string | undefined, scope: Scope): string {
  const own = item.kind === "column" ? columnAt(scope.tables, item.column)?.name : undefined;
  return name === undefined || name === own ? "" : ` as ${quoteIdentifier(name)}`;
}

/** Names for the result's columns; two alike get their table's name in front. */
function outputNames(query: Query, tables: readonly TableInfo[]): readonly string[] {
  const bare = query.select.map((item) => outputName(item, tables));
  return bare.map((name, at) => {
    const item = query.select[at];
    const twice = bare.filter((other) => other === name).length > 1;
    return twice && item?.kind === "column" ? `${tables[item.column.table]?.name}_${name}` : name;
  });
}

function outputName(item: Selected, tables: readonly TableInfo[]): string {
  if (item.kind === "measure") {
    const { measure: one } = item;
    if (one.fn === "metric") {
      return one.metric.name
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, "_");
    }
    if (one.fn === "part") {
      return one.scale === "number" ? "count_part" : one.scale;
    }
    if (one.fn === "rows_each") {
      return "average_count";
    }
    return one.fn === "count" ? "count" : `${one.fn}_${columnAt(tables, one.column)?.name ?? ""}`;
  }
  return item.kind === "grain" ? item.grain : (columnAt(tables, item.column)?.name ?? "");
}

function renderCondition(condition: Condition, scope: Scope): string {
  if (condition.kind === "absent") {
    const inner = [
      joinCondition(condition.edge, scope),
      ...condition.inner.map((one) => renderCondition(one, scope)),
    ];
    return `not exists (select from ${tableName(condition.edge.child, scope.tables)} where ${inner.join(" and ")})`;
  }
  if (condition.kind === "frequent") {
    const { edge, op, value } = condition;
    const parent = `${tableName(edge.parent, scope.tables)}.${quoteIdentifier(edge.parentColumns[0] ?? "")}`;
    const child = quoteIdentifier(edge.childColumns[0] ?? "");
    return `${parent} in (select ${child} from ${tableName(edge.child, scope.tables)} group by ${child} having count(*) ${op} ${bind(value, "numeric", scope)})`;
  }
  if (condition.kind === "named") {
    const text = `(${expression(condition.filter.condition, condition.table, scope)})`;
    return condition.negated ? `not coalesce(${text}, false)` : text;
  }
  const name = columnName(condition.column, scope);
  const column = columnAt(scope.tables, condition.column);
  switch (condition.kind) {
    case "null":
      return `${name} is ${condition.negated ? "not " : ""}null`;
    case "between":
      return `${name} between ${bind(condition.low, "numeric", scope)} and ${bind(condition.high, "numeric", scope)}`;
    case "in":
      return inList(
        name,
        condition.values,
        condition.negated,
        column?.nullable ?? true,
        column?.type ?? "text",
        scope,
      );
    case "compare":
      return `${name} ${condition.op} ${bind(condition.value, castFor(condition.value, column?.type ?? ""), scope)}`;
    case "period":
      return periodLimits(name, column?.type ?? "", condition.period, writerOf(scope)).join(
        " and ",
      );
  }
}

function inList(
  name: string,
  values: readonly string[],
  negated: boolean,
  nullable: boolean,
  type: string,
  scope: Scope,
): string {
  // An enumeration's own type compares only with itself, so such a column is read as text.
  const left = /^(text|character|varchar|char|citext)/.test(type) ? name : `${name}::text`;
  const bound = values.map((value) => bind(value, "text", scope));
  if (!negated) {
    return bound.length === 1 ? `${left} = ${bound[0]}` : `${left} in (${bound.join(", ")})`;
  }
  if (bound.length === 1) {
    return `${left} ${nullable ? "is distinct from" : "<>"} ${bound[0]}`;
  }
  return nullable
    ? `(${left} not in (${bound.join(", ")}) or ${name} is null)`
    : `${left} not in (${bound.join(", ")})`;
}

function castFor(value: string | number | boolean, type: string): string {
  if (typeof value === "boolean") {
    return "boolean";
  }
  return typeof value === "number"
    ? "numeric"
    : isTime({ name: "", type, nullable: true })
      ? "timestamptz"
      : "text";
}

/** Rules write PostgreSQL only. */
function writerOf({ params }: Scope): Writer {
  return { dialect: "postgres", params };
}

function bind(value: JsonValue, cast: string, scope: Scope): string {
  scope.params.push(value);
  return `$${scope.params.length}::${cast}`;
}

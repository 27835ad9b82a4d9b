/** What a column is good for: numbers to add up, moments to filter by, names to show. */
import {
  isAveragedName,
  isEndingName,
  isNumericType,
  isTimeType,
} from "../kernel/column-nature.ts";
import type { ColumnInfo, TableInfo } from "../sources/ports.ts";
import type { ColumnRef } from "./ir.ts";
import type { Aggregate } from "./operators.ts";
import { stemsOf } from "./tokens.ts";

export function isNumeric(column: ColumnInfo): boolean {
  return isNumericType(column.type);
}

export function isTime(column: ColumnInfo): boolean {
  return isTimeType(column.type);
}

export function isBoolean(column: ColumnInfo): boolean {
  return column.type.startsWith("bool");
}

export function isText(column: ColumnInfo): boolean {
  return (
    /^(text|char|varchar|bpchar|citext|string|name|enum|user-defined)/.test(column.type) ||
    column.values !== undefined
  );
}

export function columnAt(tables: readonly TableInfo[], ref: ColumnRef): ColumnInfo | undefined {
  return tables[ref.table]?.columns[ref.column];
}

/** A key says which row, not how much. */
export function isMeasure(table: TableInfo, column: ColumnInfo): boolean {
  const isKey =
    table.primaryKey.includes(column.name) ||
    table.foreignKeys.some((key) => key.columns.includes(column.name));
  if (column.role !== undefined) {
    return isNumeric(column) && column.role === "measure";
  }
  return isNumeric(column) && !isKey && !/(^|_)id$/.test(column.name);
}

/** What `by region` most likely wants of a column that came without `total` or `average`. */
export function usualAggregate(column: ColumnInfo): Aggregate {
  return column.defaultAggregation ?? (isAveragedName(column.name) ? "avg" : "sum");
}

const beginnings =
  /creat|order|open|sched|occur|predict|sign|plac|issu|record|event|register|regist|start|admit|borrow|loan|visit|book|releas|hire|launch|join|date/;

/** The moment a row is about when the question does not say which: required before optional, beginnings before ends. */
export function defaultTime(
  table: TableInfo,
  at: number,
): { readonly column: ColumnRef; readonly sole: boolean } | undefined {
  const named = table.columns.findIndex((column) => column.name === table.defaultTimeColumn);
  if (named >= 0) {
    return { column: { table: at, column: named }, sole: true };
  }
  const scored = table.columns
    .map((column, position) => ({ column, position }))
    .filter(({ column }) => isTime(column))
    .map(({ column, position }) => ({
      position,
      score:
        (column.nullable ? 0 : 2) +
        (beginnings.test(column.name) ? 1 : 0) -
        (isEndingName(column.name) ? 3 : 0),
    }))
    .sort((left, right) => right.score - left.score || left.position - right.position);
  const best = scored[0];
  if (best === undefined) {
    return undefined;
  }
  return {
    column: { table: at, column: best.position },
    sole: scored.length === 1 || best.score > (scored[1]?.score ?? 0),
  };
}

/** The column people know a row by: its name or title, if it has one. */
export function labelColumn(table: TableInfo, at: number): ColumnRef | undefined {
  const last = (column: ColumnInfo): string => stemsOf(column.name).at(-1) ?? "";
  for (const word of ["name", "title", "label", "subject", "email"]) {
    const column = table.columns.findIndex((one) => last(one) === word && isText(one));
    if (column >= 0) {
      return { table: at, column };
    }
  }
  return undefined;
}

/** Milliseconds in one unit of a column whose name says its unit. */
export function unitOf(column: ColumnInfo): number | undefined {
  const units: Readonly<Record<string, number>> = {
    ms: 1,
    millisecond: 1,
    second: 1_000,
    sec: 1_000,
    s: 1_000,
    minute: 60_000,
    min: 60_000,
    hour: 3_600_000,
    day: 86_400_000,
  };
  return units[stemsOf(column.unit ?? column.name).at(-1) ?? ""];
}

export function keyColumns(table: TableInfo, at: number): readonly ColumnRef[] {
  return table.primaryKey
    .map((name) => ({
      table: at,
      column: table.columns.findIndex((column) => column.name === name),
    }))
    .filter((ref) => ref.column >= 0);
}

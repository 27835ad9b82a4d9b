/** The typed query between a question and its SQL: it can name only what the schema has, and it can only read. */
import type { Aggregate, Comparison, Grain, PartScale } from "./operators.ts";
import type { Period } from "./periods.ts";
import type { NamedFilter, SemanticMetric } from "./ports.ts";

/** Positions in `SourceSchema.tables` and in that table's `columns`. */
export interface ColumnRef {
  readonly table: number;
  readonly column: number;
}

export type Measure =
  | { readonly fn: "count"; readonly table: number }
  | { readonly fn: "count_distinct"; readonly column: ColumnRef }
  | { readonly fn: Aggregate; readonly column: ColumnRef; readonly divisor?: number }
  /** Defined by the source's semantic model over the columns of this table. */
  | {
      readonly fn: "metric";
      readonly table: number;
      readonly metric: SemanticMetric;
      readonly divisor?: number;
    }
  /** Of the rows of this table, those that meet the conditions as well. */
  | {
      readonly fn: "part";
      readonly table: number;
      readonly scale: PartScale;
      readonly conditions: readonly Condition[];
    }
  /** Rows for each different value of the column, which refers to what they belong to. */
  | { readonly fn: "rows_each"; readonly column: ColumnRef };

export type Selected =
  | { readonly kind: "column"; readonly column: ColumnRef }
  | { readonly kind: "grain"; readonly column: ColumnRef; readonly grain: Grain }
  | { readonly kind: "measure"; readonly measure: Measure };

export type Condition =
  | {
      readonly kind: "compare";
      readonly column: ColumnRef;
      readonly op: Comparison;
      readonly value: string | number | boolean;
    }
  | {
      readonly kind: "between";
      readonly column: ColumnRef;
      readonly low: number;
      readonly high: number;
    }
  | {
      readonly kind: "in";
      readonly column: ColumnRef;
      readonly values: readonly string[];
      readonly negated: boolean;
    }
  | { readonly kind: "null"; readonly column: ColumnRef; readonly negated: boolean }
  | { readonly kind: "period"; readonly column: ColumnRef; readonly period: Period }
  /** Defined by the source's semantic model over the columns of this table. */
  | {
      readonly kind: "named";
      readonly table: number;
      readonly filter: NamedFilter;
      readonly negated: boolean;
    }
  /** So many rows of the other table refer to this one. */
  | {
      readonly kind: "frequent";
      readonly edge: JoinEdge;
      readonly op: Comparison;
      readonly value: number;
    }
  /** No row of the other table refers to this one. */
  | { readonly kind: "absent"; readonly edge: JoinEdge; readonly inner: readonly Condition[] };

/** `child` holds the foreign key; columns pair up by position. */
export interface JoinEdge {
  readonly child: number;
  readonly parent: number;
  readonly childColumns: readonly string[];
  readonly parentColumns: readonly string[];
}

/** One step outwards from the base table. `fans` when it can multiply rows: parent to child. */
export interface Join {
  readonly edge: JoinEdge;
  readonly adds: number;
  readonly fans: boolean;
}

export interface Ordered {
  readonly by: Selected;
  readonly descending: boolean;
  /** The question says so; otherwise it is how such rows are usually shown. */
  readonly asked: boolean;
}

export interface Query {
  readonly base: number;
  readonly joins: readonly Join[];
  readonly select: readonly Selected[];
  readonly distinct: boolean;
  readonly where: readonly Condition[];
  /** Grouped by without being shown: the key of an entity shown by its name. */
  readonly groupAlso: readonly ColumnRef[];
  readonly having: readonly {
    readonly measure: Measure;
    readonly op: Comparison;
    readonly value: number;
  }[];
  readonly order: readonly Ordered[];
  readonly limit?: number;
}

export function isGrouped(query: Query): boolean {
  const computed = [...query.select, ...query.order.map((one) => one.by)];
  return computed.some((item) => item.kind === "measure") || query.having.length > 0;
}

export function sameColumn(left: ColumnRef, right: ColumnRef): boolean {
  return left.table === right.table && left.column === right.column;
}

/** Turns a frame's filters into conditions: values, flags, comparisons with units, missing values, periods, absent rows. */
import type { TableInfo } from "../sources/ports.ts";
import {
  columnAt,
  defaultTime,
  isBoolean,
  isMeasure,
  isNumeric,
  isText,
  isTime,
  keyColumns,
  labelColumn,
  unitOf,
} from "./column-kinds.ts";
import { type Draft, refOf } from "./draft.ts";
import type { Filter } from "./frame.ts";
import { type ColumnRef, type Condition, sameColumn } from "./ir.ts";
import { joinEdges } from "./joins.ts";
import type { Target } from "./schema-index.ts";
import { isOfPart } from "./shape-figures.ts";

/** The conditions, or the sentence that says which filter has no meaning here. */
export function buildWhere(draft: Draft): readonly Condition[] | string {
  const conditions = conditionsOfMetrics(draft);
  if (typeof conditions === "string") {
    return conditions;
  }
  for (const [at, filter] of draft.frame.filters.entries()) {
    const built = buildFilter(draft, filter);
    if (typeof built === "string") {
      return built;
    }
    (isOfPart(draft, at) ? draft.ofPart : conditions).push(...built);
  }
  draft.ofPart.splice(0, draft.ofPart.length, ...mergeValues(draft.ofPart));
  const merged = mergeValues(conditions);
  if (draft.frame.either && !isAlternative(conditions, merged)) {
    return "the question joins conditions on different columns with “or”, which this engine cannot work out yet";
  }
  return merged;
}

/** Rows that a metric does not count are left out for the whole query, so its other figures must not count them either. */
function conditionsOfMetrics({ measures, having }: Draft): Condition[] | string {
  const all = [...measures, ...having.map((one) => one.measure)];
  const [first = [], ...others] = all.map((one): readonly Condition[] =>
    one.fn !== "metric"
      ? []
      : one.metric.filters.map((filter) => ({
          kind: "named",
          table: one.table,
          filter,
          negated: false,
        })),
  );
  return others.every((one) => JSON.stringify(one) === JSON.stringify(first))
    ? [...first]
    : "the question asks for figures that count different rows";
}

function buildFilter(draft: Draft, filter: Filter): readonly Condition[] | string {
  switch (filter.kind) {
    case "value":
      return buildValue(draft, filter.mention, filter.negated);
    case "flag": {
      const column = refOf(draft, filter.mention);
      return column === undefined
        ? "a condition has no column"
        : [{ kind: "compare", column, op: "=", value: !filter.negated }];
    }
    case "text":
      return buildText(draft, filter);
    case "compare":
      return buildCompare(draft, filter);
    case "null":
      return buildNull(draft, filter.mention, filter.negated);
    case "period":
      return buildPeriod(draft, filter);
    case "absent":
      return buildAbsent(draft, filter);
  }
}

function buildValue(
  draft: Draft,
  mention: number,
  negated: boolean,
): readonly Condition[] | string {
  const target = draft.targets[mention];
  if (target?.kind === "named") {
    return [{ kind: "named", table: target.table, filter: target.filter, negated }];
  }
  if (target?.kind !== "value") {
    return "a value has no column";
  }
  const column: ColumnRef = { table: target.table, column: target.column };
  const info = columnAt(draft.tables, column);
  if (info !== undefined && isBoolean(info)) {
    return [{ kind: "compare", column, op: "=", value: (target.value === "true") !== negated }];
  }
  if (info !== undefined && isNumeric(info) && Number.isFinite(Number(target.value))) {
    return [{ kind: "compare", column, op: negated ? "<>" : "=", value: Number(target.value) }];
  }
  return [{ kind: "in", column, values: [target.value], negated }];
}

function buildText(
  draft: Draft,
  filter: Filter & { readonly kind: "text" },
): readonly Condition[] | string {
  const named = filter.mention === undefined ? undefined : draft.targets[filter.mention];
  const column =
    named?.kind === "column"
      ? { table: named.table, column: named.column }
      : labelColumn(draft.tables[draft.base] as TableInfo, draft.base);
  const info = column === undefined ? undefined : columnAt(draft.tables, column);
  if (column === undefined || info === undefined || !isText(info)) {
    return `nothing in the source says where “${filter.value}” would be stored`;
  }
  draft.doubt.value += named === undefined ? 0.15 : 0.05;
  return [{ kind: "in", column, values: [filter.value], negated: filter.negated }];
}

function buildCompare(
  draft: Draft,
  filter: Filter & { readonly kind: "compare" },
): readonly Condition[] | string {
  const target = filter.mention === undefined ? undefined : draft.targets[filter.mention];
  const [low, high] = filter.values;
  if (low === undefined || (filter.op === "between" && high === undefined)) {
    return "a comparison lacks its number";
  }
  if (
    target !== undefined &&
    draft.having.some((one) => one.value === low) &&
    (target.kind === "table" || target.kind === "metric" || filter.fn !== undefined)
  ) {
    return [];
  }
  if (
    draft.frame.count &&
    (target?.kind === "table" ? target.table !== draft.base : filter.fn !== undefined)
  ) {
    return buildFrequent(draft, target, filter, low);
  }
  const column =
    target === undefined
      ? soleMeasure(draft, filter.unitMs)
      : comparedColumn(draft, target, filter.op);
  const info = column === undefined ? undefined : columnAt(draft.tables, column);
  if (column === undefined || info === undefined || !isNumeric(info)) {
    return target === undefined
      ? "it is unclear which number the comparison is about"
      : "the question compares a column that holds no numbers";
  }
  const factor = scale(unitOf(info), filter.unitMs);
  if (factor === undefined) {
    return `the column ${info.name} does not say its unit`;
  }
  if (filter.op === "between") {
    return [{ kind: "between", column, low: low * factor, high: (high ?? 0) * factor }];
  }
  return [{ kind: "compare", column, op: filter.op, value: low * factor }];
}

/** `how many customers have more than 50 orders`; with a period it would be unclear whose moment is meant. */
function buildFrequent(
  draft: Draft,
  target: Target | undefined,
  filter: Filter & { readonly kind: "compare" },
  value: number,
): readonly Condition[] | string {
  const edges = joinEdges(draft.tables).filter(
    (edge) => edge.child === target?.table && edge.parent === draft.base,
  );
  const edge = edges[0];
  const dated = draft.frame.filters.some((one) => one.kind === "period");
  const rises = filter.op === ">" || filter.op === ">=" || (filter.op === "=" && value > 0);
  if (
    target?.kind !== "table" ||
    filter.op === "between" ||
    !rises ||
    dated ||
    edges.length !== 1 ||
    edge?.childColumns.length !== 1
  ) {
    return "the question counts the rows that pass a condition on other rows, which this engine cannot work out yet";
  }
  return [{ kind: "frequent", edge, op: filter.op, value }];
}

/** `order 1234` means its key; a table's number means nothing else. */
function comparedColumn(draft: Draft, target: Target, op: string): ColumnRef | undefined {
  if ("column" in target) {
    return { table: target.table, column: target.column };
  }
  if (target.kind !== "table") {
    return undefined;
  }
  const table = draft.tables[target.table];
  const keys = table === undefined ? [] : keyColumns(table, target.table);
  return keys.length === 1 && op === "=" ? keys[0] : undefined;
}

/** `orders over 500`: only where the table has one amount that could be meant. */
function soleMeasure(draft: Draft, unitMs: number | undefined): ColumnRef | undefined {
  const table = draft.tables[draft.base];
  if (table === undefined) {
    return undefined;
  }
  const measures = table.columns
    .map((column, at) => ({ column, at }))
    .filter(
      ({ column }) =>
        isMeasure(table, column) && (unitMs === undefined) === (unitOf(column) === undefined),
    );
  const money = measures.filter(({ column }) =>
    /amount|total|price|value|cost|revenue|salary|budget/.test(column.name),
  );
  const total = money.filter(({ column }) => /total/.test(column.name));
  const sole = [measures, money, total].find((some) => some.length === 1)?.[0];
  draft.doubt.value += measures.length === 1 ? 0.08 : 0.14;
  return sole === undefined ? undefined : { table: draft.base, column: sole.at };
}

function scale(columnMs: number | undefined, givenMs: number | undefined): number | undefined {
  if (givenMs === undefined) {
    return 1;
  }
  return columnMs === undefined ? undefined : givenMs / columnMs;
}

function buildNull(draft: Draft, mention: number, negated: boolean): readonly Condition[] | string {
  const column = refOf(draft, mention);
  const info = column === undefined ? undefined : columnAt(draft.tables, column);
  if (column === undefined || info === undefined) {
    return "a missing value has no column";
  }
  // A column that always has a value makes `placed` say nothing, and `without` impossible.
  if (!info.nullable && negated) {
    return [];
  }
  if (!info.nullable) {
    const edge = joinEdges(draft.tables).find(
      (one) => one.child === column.table && one.parent === draft.base,
    );
    // `customers that never ordered`: no order at all.
    return edge === undefined
      ? `${info.name} always has a value`
      : [{ kind: "absent", edge, inner: [] }];
  }
  return [{ kind: "null", column, negated }];
}

function buildPeriod(
  draft: Draft,
  filter: Filter & { readonly kind: "period" },
): readonly Condition[] | string {
  const { tables, base } = draft;
  const target = filter.mention === undefined ? undefined : draft.targets[filter.mention];
  const named =
    target?.kind === "column" ? { table: target.table, column: target.column } : undefined;
  const info = named === undefined ? undefined : columnAt(tables, named);
  if (named !== undefined && info !== undefined && isTime(info)) {
    return [{ kind: "period", column: named, period: filter.period }];
  }
  // A joined table's own moment counts only where it is the event: the side that refers to the base table.
  const isEvent =
    target?.kind === "table" &&
    joinEdges(tables).some((edge) => edge.child === target.table && edge.parent === base);
  const at = isEvent ? target.table : base;
  const table = tables[at];
  const time = table === undefined ? undefined : defaultTime(table, at);
  if (time === undefined) {
    return `the table ${table?.name ?? ""} has no date for “${filter.period.label}”`;
  }
  draft.doubt.value += time.sole ? 0.01 : 0.05;
  return [{ kind: "period", column: time.column, period: filter.period }];
}

function buildAbsent(
  draft: Draft,
  filter: Filter & { readonly kind: "absent" },
): readonly Condition[] | string {
  const target = draft.targets[filter.mention];
  const edges = joinEdges(draft.tables).filter(
    (edge) => edge.child === target?.table && edge.parent === draft.base,
  );
  const edge = edges[0];
  const table = target === undefined ? undefined : draft.tables[target.table];
  const own = joinEdges(draft.tables).filter(
    (one) => one.child === draft.base && one.parent === target?.table,
  );
  if (edge === undefined && own.length === 1 && filter.period === undefined) {
    // `incidents without a job`: their own key is missing.
    const column =
      draft.tables[draft.base]?.columns.findIndex((one) => one.name === own[0]?.childColumns[0]) ??
      -1;
    return column < 0
      ? "a key has no column"
      : [{ kind: "null", column: { table: draft.base, column }, negated: false }];
  }
  if (edge === undefined || edges.length > 1 || table === undefined) {
    return `no single foreign key connects ${table?.name ?? "that table"} with ${draft.tables[draft.base]?.name ?? "the rest"}`;
  }
  const time = defaultTime(table, edge.child);
  if (filter.period !== undefined && time === undefined) {
    return `the table ${table.name} has no date for “${filter.period.label}”`;
  }
  const inner: readonly Condition[] =
    filter.period === undefined || time === undefined
      ? []
      : [{ kind: "period", column: time.column, period: filter.period }];
  return [{ kind: "absent", edge, inner }];
}

/** Values of one column are alternatives: nothing has two statuses. */
function mergeValues(conditions: readonly Condition[]): readonly Condition[] {
  const merged: Condition[] = [];
  for (const condition of conditions) {
    const at = merged.findIndex(
      (one) =>
        one.kind === "in" &&
        condition.kind === "in" &&
        one.negated === condition.negated &&
        sameColumn(one.column, condition.column),
    );
    const known = merged[at];
    if (known?.kind === "in" && condition.kind === "in") {
      merged[at] = { ...known, values: [...new Set([...known.values, ...condition.values])] };
    } else {
      merged.push(condition);
    }
  }
  return merged;
}

function isAlternative(conditions: readonly Condition[], merged: readonly Condition[]): boolean {
  return merged.length < conditions.length;
}

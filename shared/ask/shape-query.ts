/** Decides what a query computes: base table, measures, groups and order. */
import type { TableInfo } from "../sources/ports.ts";
import {
  columnAt,
  defaultTime,
  isMeasure,
  isNumeric,
  isTime,
  keyColumns,
  labelColumn,
  usualAggregate,
} from "./column-kinds.ts";
import { type Draft, isQuantity, refOf, tableOf } from "./draft.ts";
import type { Frame, MentionId, Metric } from "./frame.ts";
import { type ColumnRef, type JoinEdge, type Measure, type Selected, sameColumn } from "./ir.ts";
import { joinEdges } from "./joins.ts";
import type { Target } from "./schema-index.ts";
import { addDirection, addPart, addRowsEach, addVersus, inUnitAsked } from "./shape-figures.ts";

/** Fills the draft in; a sentence comes back where the question has no such shape. */
export function shape(draft: Draft): string | undefined {
  const { frame, tables } = draft;
  draft.base = firstTable(draft);
  const unsortable = addRowsEach(draft) ?? addMeasures(draft) ?? addPart(draft) ?? addSorts(draft);
  if (unsortable !== undefined) {
    return unsortable;
  }
  const first = draft.measures[0];
  if (first !== undefined) {
    draft.base = tableOf(first);
    if (draft.measures.some((one) => tableOf(one) !== draft.base)) {
      return "the question asks for figures of two tables at once";
    }
  }
  if (draft.base < 0 || tables[draft.base] === undefined) {
    return "the question names no table or column of the source";
  }
  const ungrouped =
    (frame.rowsEach ? undefined : addGroups(draft)) ?? addVersus(draft) ?? inUnitAsked(draft);
  if (ungrouped !== undefined) {
    return ungrouped;
  }
  if (draft.groups.length > 0 && draft.measures.length === 0) {
    groupWithoutMeasure(draft);
  }
  const undirected = addDirection(draft);
  if (undirected !== undefined) {
    return undirected;
  }
  return frame.sorts.some((sort) => sort.metric.fn === "time") ? addTimeSort(draft) : undefined;
}

/** The table asked about: the first one named, else that of the first column or value. */
function firstTable(draft: Draft): number {
  const { frame, targets } = draft;
  const asked = [
    ...frame.tables,
    ...frame.selects,
    frame.countOf,
    ...frame.measures.map((one) => one.mention),
  ];
  const filtered = frame.filters.flatMap((filter) => ("mention" in filter ? [filter.mention] : []));
  const ranked = frame.sorts.map((sort) =>
    "mention" in sort.metric ? sort.metric.mention : undefined,
  );
  const grouped = frame.groups.flatMap((group) => ("mention" in group ? [group.mention] : []));
  const mention = [...asked, ...filtered, ...ranked, ...grouped].find((one) => one !== undefined);
  return mention === undefined ? -1 : (targets[mention]?.table ?? -1);
}

function addMeasures(draft: Draft): string | undefined {
  const { frame } = draft;
  for (const { fn, mention } of frame.measures) {
    const metric = metricAt(draft, mention);
    if (metric !== undefined && fn !== "sum" && !(fn === "avg" && isAverage(metric))) {
      return `“${frame.mentions[mention]?.text ?? ""}” is worked out in one way only, and has no ${fn}`;
    }
    if (metric !== undefined) {
      draft.measures.push(metric);
    }
    const column = refOf(draft, mention);
    if (column !== undefined) {
      draft.measures.push({ fn, column });
    }
  }
  if (frame.count && frame.countOf === undefined) {
    draft.measures.push({ fn: "count", table: draft.base });
  }
  const counted = frame.countOf === undefined ? undefined : refOf(draft, frame.countOf);
  if (counted !== undefined && frame.countOf !== undefined) {
    draft.measures.push(
      isQuantity(draft, frame.countOf)
        ? { fn: "sum", column: counted }
        : { fn: "count_distinct", column: counted },
    );
    draft.doubt.value += isQuantity(draft, frame.countOf) ? 0.08 : 0.02;
  }
  // `revenue of enterprise customers`: the orders’ numbers for a customer are summed up, not listed.
  const elsewhere = frame.selects.every((one) => draft.targets[one]?.table !== draft.base);
  const grouped = frame.groups.length > 0 || frame.tables.length === 0 || elsewhere;
  if (
    draft.measures.length === 0 &&
    frame.selects.length > 0 &&
    grouped &&
    frame.selects.every((one) => isQuantity(draft, one))
  ) {
    for (const mention of frame.selects) {
      pushUsual(draft, mention);
    }
  }
  return undefined;
}

/** `average time to resolve`: what is an average already. */
function isAverage(measure: Measure): boolean {
  return measure.fn === "metric" && /^avg\s*\(/i.test(measure.metric.expression.text);
}

function metricAt({ targets }: Draft, mention: MentionId): Measure | undefined {
  const target = targets[mention];
  return target?.kind === "metric"
    ? { fn: "metric", table: target.table, metric: target.metric }
    : undefined;
}

function pushUsual(draft: Draft, mention: MentionId): Measure | undefined {
  const column = refOf(draft, mention);
  const info = column === undefined ? undefined : columnAt(draft.tables, column);
  if (column === undefined || info === undefined) {
    return undefined;
  }
  const measure: Measure = { fn: usualAggregate(info), column };
  draft.measures.push(measure);
  draft.doubt.value += 0.02;
  return measure;
}

/** A ranking by something of another table groups by the thing ranked. */
function addSorts(draft: Draft): string | undefined {
  const { frame, targets } = draft;
  const entity = frame.which ?? frame.tables[0] ?? frame.selects[0];
  const target = entity === undefined ? undefined : targets[entity];
  for (const { metric, descending } of frame.sorts) {
    if (!("mention" in metric)) {
      continue;
    }
    const column = refOf(draft, metric.mention);
    const own =
      column !== undefined &&
      metric.fn === "usual" &&
      (target === undefined || (target.kind === "table" && target.table === column.table));
    if (own && frame.groups.length === 0 && column !== undefined) {
      draft.order.push({ by: { kind: "column", column }, descending, asked: true });
      continue;
    }
    const measure = measureOf(draft, metric, frame.limit === -1 ? descending : undefined);
    if (measure === undefined || (target === undefined && frame.groups.length === 0)) {
      return "the question sorts by something that does not rank what it asks for";
    }
    if (!draft.measures.some((one) => JSON.stringify(one) === JSON.stringify(measure))) {
      draft.measures.push(measure);
    }
    draft.order.push({ by: { kind: "measure", measure }, descending, asked: true });
    if (frame.groups.length === 0 && target !== undefined) {
      groupBy(draft, target);
    }
  }
  return undefined;
}

function measureOf(
  draft: Draft,
  metric: Metric,
  extreme: boolean | undefined,
): Measure | undefined {
  if (!("mention" in metric)) {
    return undefined;
  }
  const own = metricAt(draft, metric.mention);
  if (own !== undefined) {
    return metric.fn === "usual" || metric.fn === "sum" ? own : undefined;
  }
  if (metric.fn === "count") {
    return { fn: "count", table: draft.targets[metric.mention]?.table ?? -1 };
  }
  const column = refOf(draft, metric.mention);
  const info = column === undefined ? undefined : columnAt(draft.tables, column);
  if (column === undefined || info === undefined || !isNumeric(info)) {
    return undefined;
  }
  if (metric.fn !== "usual") {
    return { fn: metric.fn, column };
  }
  const fn = usualAggregate(info);
  if (fn === "sum" || extreme === undefined) {
    return { fn, column };
  }
  // `which model has the highest accuracy`: its best one, though its average could be meant.
  draft.doubt.value += 0.2;
  return { fn: extreme ? "max" : "min", column };
}

function addGroups(draft: Draft): string | undefined {
  const { frame, targets } = draft;
  for (const group of frame.groups) {
    if ("grain" in group) {
      const time =
        subjectTime(draft) ?? defaultTime(draft.tables[draft.base] as TableInfo, draft.base);
      if (time === undefined) {
        return `the table ${draft.tables[draft.base]?.name ?? ""} has no date to group by`;
      }
      draft.groups.push({ kind: "grain", column: time.column, grain: group.grain });
      draft.doubt.value += time.sole ? 0 : 0.04;
      continue;
    }
    const target = targets[group.mention];
    if (target !== undefined) {
      groupBy(draft, target);
    }
  }
  for (const having of draft.frame.filters) {
    addHavingEntity(draft, having);
  }
  return undefined;
}

/** `customers with more than 3 orders`: the customers are grouped, the orders counted. */
function addHavingEntity(draft: Draft, filter: Frame["filters"][number]): void {
  const { frame, targets } = draft;
  if (filter.kind !== "compare" || filter.mention === undefined || frame.count) {
    return;
  }
  const target = targets[filter.mention];
  const entity = frame.tables[0] === undefined ? undefined : targets[frame.tables[0]];
  const counts = target?.kind === "table" && target.table !== entity?.table;
  const metric = metricAt(draft, filter.mention);
  const vague = !counts && filter.fn === undefined && metric === undefined;
  if (target === undefined || filter.op === "between" || vague) {
    return;
  }
  const measure: Measure | undefined = counts
    ? { fn: "count", table: target.table }
    : metric !== undefined
      ? metric
      : target.kind === "column" && filter.fn !== undefined
        ? { fn: filter.fn, column: target }
        : undefined;
  const value = filter.values[0];
  if (measure === undefined || value === undefined || filter.unitMs !== undefined) {
    return;
  }
  draft.having.push({ measure, op: filter.op, value });
  draft.base = tableOf(measure);
  if (draft.groups.length === 0 && entity !== undefined) {
    groupBy(draft, entity);
    draft.measures.push(measure);
  }
}

/** A table stands for its rows: shown by name, told apart by key. A foreign key stands for the row it points to. */
function groupBy(draft: Draft, target: Target): void {
  if (target.kind === "column") {
    const edge = edgeOf(draft, target);
    if (edge === undefined) {
      const column: ColumnRef = { table: target.table, column: target.column };
      if (!draft.groups.some((one) => one.kind === "column" && sameColumn(one.column, column))) {
        draft.groups.push({ kind: "column", column });
      }
      return;
    }
    draft.via.push(edge);
    draft.doubt.value += 0.05;
    groupBy(draft, { kind: "table", table: edge.parent });
    return;
  }
  const table = draft.tables[target.table];
  if (table === undefined) {
    return;
  }
  const keys = keyColumns(table, target.table);
  const label = labelColumn(table, target.table);
  const shown = label === undefined ? keys : [label];
  draft.groups.push(...shown.map((column): Selected => ({ kind: "column", column })));
  draft.groupAlso.push(...(label === undefined ? [] : keys));
}

function edgeOf(draft: Draft, ref: ColumnRef): JoinEdge | undefined {
  const name = columnAt(draft.tables, ref)?.name;
  return joinEdges(draft.tables).find(
    (edge) =>
      edge.child === ref.table && edge.childColumns.length === 1 && edge.childColumns[0] === name,
  );
}

/** `jobs by status` counts; `products by price` sorts. */
function groupWithoutMeasure(draft: Draft): void {
  const { frame, groups, tables } = draft;
  const sole = groups[0];
  const info =
    groups.length === 1 && sole?.kind === "column" ? columnAt(tables, sole.column) : undefined;
  const table = tables[draft.base];
  const sorts =
    sole?.kind === "column" &&
    info !== undefined &&
    table !== undefined &&
    sole.column.table === draft.base &&
    draft.groupAlso.length === 0 &&
    info.values === undefined &&
    (isMeasure(table, info) ||
      isTime(info) ||
      frame.selects.length > 0 ||
      labelColumn(table, draft.base)?.column === sole.column.column);
  if (sorts && sole !== undefined) {
    draft.groups.length = 0;
    draft.order.push({ by: sole, descending: false, asked: true });
    return;
  }
  draft.measures.push({ fn: "count", table: draft.base });
  draft.doubt.value += frame.selects.length > 0 ? 0.4 : 0.02;
}

function addTimeSort(draft: Draft): string | undefined {
  const table = draft.tables[draft.base];
  const time =
    table === undefined ? undefined : (subjectTime(draft) ?? defaultTime(table, draft.base));
  if (time === undefined) {
    return `the table ${table?.name ?? ""} has no date to tell the latest from the oldest`;
  }
  if (draft.measures.length > 0) {
    return "the question asks for the latest rows of a summary";
  }
  for (const sort of draft.frame.sorts.filter((one) => one.metric.fn === "time")) {
    const by: Selected = { kind: "column", column: time.column };
    draft.order.push({ by, descending: sort.descending, asked: true });
  }
  draft.doubt.value += time.sole ? 0 : 0.04;
  return undefined;
}

/** The moment the question names itself: `orders shipped last week by day`. */
function subjectTime(
  draft: Draft,
): { readonly column: ColumnRef; readonly sole: boolean } | undefined {
  const named = draft.frame.filters.find(
    (filter) => filter.kind === "period" && filter.mention !== undefined,
  );
  const column =
    named !== undefined && "mention" in named && named.mention !== undefined
      ? refOf(draft, named.mention)
      : undefined;
  return column === undefined || column.table !== draft.base ? undefined : { column, sole: true };
}

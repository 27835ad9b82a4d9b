/** Figures beyond one aggregate of one column: parts of the rows, rows for each of others, another unit, two values side by side. */
import { columnAt, unitOf } from "./column-kinds.ts";
import { type Draft, isQuantity, refOf } from "./draft.ts";
import type { Filter, MentionId } from "./frame.ts";
import { type ColumnRef, type Condition, type Measure, sameColumn } from "./ir.ts";
import { joinEdges } from "./joins.ts";
import { durationUnits } from "./operators.ts";
import { stemsOf } from "./tokens.ts";

/** `share of orders that were returned`. The sentence where nothing says which. */
export function addPart(draft: Draft): string | undefined {
  const { frame, base } = draft;
  const { part } = frame;
  if (part === undefined) {
    return undefined;
  }
  const had = frame.selects.filter((one) => part.rank === undefined || one !== entityOf(draft));
  for (const mention of had) {
    const condition = havingAny(draft, mention);
    if (condition === undefined) {
      return "the question asks for a part of something and for something else";
    }
    draft.ofPart.push(condition);
  }
  if (base < 0 || (had.length === 0 && !frame.filters.some((_, at) => isOfPart(draft, at)))) {
    return "the question asks for a part of something and does not say which";
  }
  const measure: Measure = {
    fn: "part",
    table: base,
    scale: part.scale,
    conditions: draft.ofPart,
  };
  draft.measures.push(measure);
  if (part.rank !== undefined) {
    const { descending } = part.rank;
    draft.order.push({ by: { kind: "measure", measure }, descending, asked: true });
    frame.limit ??= -1;
    const entity = entityOf(draft);
    if (entity !== undefined && frame.groups.length === 0) {
      frame.groups.push({ mention: entity });
    }
  }
  return undefined;
}

function entityOf({ frame }: Draft): MentionId | undefined {
  return frame.which ?? frame.selects[0];
}

/** `share of orders with a discount`: those whose number is above zero, or whose value is known. */
function havingAny(draft: Draft, mention: MentionId): Condition | undefined {
  const column = refOf(draft, mention);
  const info = column === undefined ? undefined : columnAt(draft.tables, column);
  if (column === undefined || info === undefined) {
    return undefined;
  }
  if (isQuantity(draft, mention)) {
    return { kind: "compare", column, op: ">", value: 0 };
  }
  return info.nullable ? { kind: "null", column, negated: true } : undefined;
}

/** Whether the filter at this place is about the part alone. Where nothing follows the rows, what precedes them is. */
export function isOfPart(draft: Draft, at: number): boolean {
  const { part, filters, selects } = draft.frame;
  if (part === undefined || !tellsPart(filters[at])) {
    return false;
  }
  const from = part.from ?? 0;
  const had = selects.length > 0 && part.rank === undefined;
  const told = had || filters.some((one, place) => place >= from && tellsPart(one));
  return at >= from || !told;
}

function tellsPart(filter: Filter | undefined): boolean {
  return filter !== undefined && filter.kind !== "period";
}

/** `average number of tickets per customer`: of the customers that have any. */
export function addRowsEach(draft: Draft): string | undefined {
  const { frame, targets, tables } = draft;
  if (!frame.rowsEach) {
    return undefined;
  }
  const named = [
    ...frame.tables,
    ...frame.groups.flatMap((group) => ("mention" in group ? [group.mention] : [])),
  ].map((mention) => targets[mention]);
  const [child, ...others] = named.map((one) => (one?.kind === "table" ? one.table : undefined));
  const edges = joinEdges(tables).filter(
    (one) => one.child === child && others.includes(one.parent) && one.childColumns.length === 1,
  );
  const [edge] = edges;
  const column = tables[edge?.child ?? -1]?.columns.findIndex(
    (one) => one.name === edge?.childColumns[0],
  );
  const known = edges.length === 1 && new Set(others).size === 1;
  if (edge === undefined || column === undefined || !known) {
    return "the question asks for an average and names nothing to average";
  }
  draft.base = edge.child;
  draft.measures.push({ fn: "rows_each", column: { table: edge.child, column } });
  draft.doubt.value += 0.08;
  return undefined;
}

/** `storage versus compute products`: the column that holds both values is grouped by. */
export function addVersus(draft: Draft): string | undefined {
  const { frame, targets } = draft;
  if (!frame.versus) {
    return undefined;
  }
  const columns = frame.filters.flatMap((filter): readonly ColumnRef[] => {
    const target = filter.kind === "value" && !filter.negated ? targets[filter.mention] : undefined;
    return target?.kind === "value" ? [{ table: target.table, column: target.column }] : [];
  });
  const shared = columns.find((one, at) =>
    columns.slice(0, at).some((two) => sameColumn(one, two)),
  );
  if (shared === undefined || draft.measures.length === 0) {
    return "the question compares two results, which this engine cannot work out yet";
  }
  draft.groups.unshift({ kind: "column", column: shared });
  return undefined;
}

/** `in hours`: figures of time are divided down to what was asked for. */
export function inUnitAsked(draft: Draft): string | undefined {
  const { inUnitMs } = draft.frame;
  if (inUnitMs === undefined) {
    return undefined;
  }
  const known = draft.measures.map((one) => unitOfMeasure(draft, one));
  if (draft.measures.length > 0 && known.every((unit) => unit === undefined)) {
    return "the question asks for a unit, and the source does not say that of the figure";
  }
  const scaled = draft.measures.map((one, at) => scaledTo(one, inUnitMs / (known[at] ?? inUnitMs)));
  for (const [at, sort] of draft.order.entries()) {
    const of = sort.by.kind === "measure" ? draft.measures.indexOf(sort.by.measure) : -1;
    const measure = scaled[of];
    if (measure !== undefined) {
      draft.order[at] = { ...sort, by: { kind: "measure", measure } };
    }
  }
  draft.measures.splice(0, draft.measures.length, ...scaled);
  return undefined;
}

function unitOfMeasure({ tables }: Draft, measure: Measure): number | undefined {
  switch (measure.fn) {
    case "metric":
      return durationUnits.get(stemsOf(measure.metric.unit ?? "").at(-1) ?? "");
    case "count":
    case "count_distinct":
    case "part":
    case "rows_each":
      return undefined;
    default: {
      const info = columnAt(tables, measure.column);
      return info === undefined ? undefined : unitOf(info);
    }
  }
}

function scaledTo(measure: Measure, divisor: number): Measure {
  const plain = measure.fn === "count" || measure.fn === "count_distinct";
  return divisor === 1 || plain || measure.fn === "part" || measure.fn === "rows_each"
    ? measure
    : { ...measure, divisor };
}

/** `biggest first`: the end of the figures that comes first. */
export function addDirection(draft: Draft): string | undefined {
  const { direction } = draft.frame;
  const [measure] = draft.measures;
  if (direction === undefined) {
    return undefined;
  }
  if (measure === undefined) {
    return "the question gives a direction but nothing to sort by";
  }
  draft.order.push({ by: { kind: "measure", measure }, ...direction, asked: true });
  return undefined;
}

/** Tables that conditions inside a figure need. */
export function tablesOfPart({ ofPart, measures }: Draft): readonly number[] {
  return measures.some((one) => one.fn === "part")
    ? ofPart.flatMap((one) =>
        one.kind === "absent" || one.kind === "frequent"
          ? [one.edge.parent]
          : [one.kind === "named" ? one.table : one.column.table],
      )
    : [];
}

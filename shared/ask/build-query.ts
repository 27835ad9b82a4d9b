/** Builds the query of a frame once every mention has its target: conditions, selection, order and joins. */
import type { TableInfo } from "../sources/ports.ts";
import { buildWhere } from "./build-where.ts";
import { defaultTime, keyColumns } from "./column-kinds.ts";
import { type Draft, draftOf, refOf, tableOf } from "./draft.ts";
import type { Frame } from "./frame.ts";
import {
  type Condition,
  type Join,
  type Measure,
  type Ordered,
  type Query,
  type Selected,
  sameColumn,
} from "./ir.ts";
import { planJoins } from "./joins.ts";
import type { Target } from "./schema-index.ts";
import { tablesOfPart } from "./shape-figures.ts";
import { shape } from "./shape-query.ts";

export type Built =
  | {
      readonly kind: "queries";
      readonly queries: readonly Query[];
      readonly joinCost: number;
      readonly doubt: number;
    }
  | { readonly kind: "problem"; readonly reason: string };

/** Columns shown of rows that a question asks for as a whole. */
export const widest = 14;
const fewRows = 10;

/** Throws nothing: what cannot be built comes back as a problem in plain words. */
export function buildQueries(
  frame: Frame,
  targets: readonly Target[],
  tables: readonly TableInfo[],
): Built {
  const draft = draftOf(frame, targets, tables);
  const problem = shape(draft);
  if (problem !== undefined) {
    return { kind: "problem", reason: problem };
  }
  const where = buildWhere(draft);
  if (typeof where === "string") {
    return { kind: "problem", reason: where };
  }
  return joined(draft, where);
}

function joined(draft: Draft, where: readonly Condition[]): Built {
  const select = selection(draft);
  draft.doubt.value +=
    draft.frame.vague && draft.measures.length === 0 && draft.order.length === 0 ? 0.22 : 0;
  const required = requiredTables(draft, select, where);
  const plans = planJoins(draft.tables, draft.base, required, draft.via);
  const first = plans[0];
  if (first === undefined) {
    const names = required.map((at) => draft.tables[at]?.name ?? "").join(", ");
    return {
      kind: "problem",
      reason: `no foreign keys connect ${draft.tables[draft.base]?.name ?? ""} with ${names}`,
    };
  }
  const queries = plans.map((plan) => assemble(draft, select, where, plan.joins));
  const query = queries.find((one) => typeof one === "string");
  if (query !== undefined) {
    return { kind: "problem", reason: query };
  }
  const usable = queries.filter((one) => typeof one !== "string");
  return { kind: "queries", queries: usable, joinCost: first.cost, doubt: draft.doubt.value };
}

function assemble(
  draft: Draft,
  select: readonly Selected[],
  where: readonly Condition[],
  joins: readonly Join[],
): Query | string {
  const fans = joins.some((join) => join.fans);
  const base = draft.tables[draft.base];
  const keys = base === undefined ? [] : keyColumns(base, draft.base);
  const key = keys.length === 1 ? keys[0] : undefined;
  const adds = [...draft.measures, ...draft.having.map((one) => one.measure)];
  if (
    fans &&
    adds.some(
      (one) =>
        (one.fn !== "count" &&
          one.fn !== "count_distinct" &&
          one.fn !== "min" &&
          one.fn !== "max") ||
        (one.fn === "count" && key === undefined),
    )
  ) {
    return `rows of ${base?.name ?? ""} would be counted more than once through the tables that refer to it`;
  }
  const once = (measure: Measure): Measure =>
    fans && measure.fn === "count" && key !== undefined
      ? { fn: "count_distinct", column: key }
      : measure;
  const onceIn = (item: Selected): Selected =>
    item.kind === "measure" ? { kind: "measure", measure: once(item.measure) } : item;
  const plain = draft.measures.length === 0 && draft.having.length === 0;
  const limit = limitOf(draft);
  const query: Query = {
    base: draft.base,
    joins,
    select: select.map(onceIn),
    distinct: plain && (draft.frame.distinct || fans),
    where,
    groupAlso: plain ? [] : draft.groupAlso,
    having: draft.having.map((one) => ({ ...one, measure: once(one.measure) })),
    order: orderOf(draft, select, plain, fans).map((one) => ({ ...one, by: onceIn(one.by) })),
  };
  return limit === undefined ? query : { ...query, limit };
}

function selection(draft: Draft): readonly Selected[] {
  const { frame } = draft;
  const measures = draft.measures.map((measure): Selected => ({ kind: "measure", measure }));
  if (measures.length > 0) {
    const shown = [...draft.groups, ...measures].map((item) =>
      item.kind === "measure"
        ? "column" in item.measure
          ? item.measure.column
          : undefined
        : item.column,
    );
    const lost = (frame.part === undefined ? frame.selects : []).filter((mention) => {
      const ref = refOf(draft, mention);
      return ref !== undefined && !shown.some((one) => one !== undefined && sameColumn(one, ref));
    });
    // A column that was named and does not appear: the question was not understood in full.
    draft.doubt.value += 0.35 * lost.length;
    return uniqueItems([...draft.groups, ...measures]);
  }
  const named = frame.selects.flatMap((mention): readonly Selected[] => {
    const column = refOf(draft, mention);
    return column === undefined ? [] : [{ kind: "column", column }];
  });
  const sorted = named.length === 0 ? [] : draft.order.map((one) => one.by);
  if (named.length > 0) {
    return uniqueItems(frame.distinct ? named : [...named, ...sorted]);
  }
  const columns = draft.tables[draft.base]?.columns ?? [];
  return columns
    .slice(0, widest)
    .map((_, column): Selected => ({ kind: "column", column: { table: draft.base, column } }));
}

function orderOf(
  draft: Draft,
  select: readonly Selected[],
  plain: boolean,
  fans: boolean,
): Query["order"] {
  const table = draft.tables[draft.base];
  const chosen = [...draft.order];
  if (!plain) {
    const grain = draft.groups.find((one) => one.kind === "grain");
    const measure = draft.measures[0];
    if (chosen.length === 0 && grain !== undefined) {
      chosen.push({ by: grain, descending: false, asked: false });
    } else if (chosen.length === 0 && measure !== undefined && draft.groups.length > 0) {
      chosen.push({ by: { kind: "measure", measure }, descending: true, asked: false });
    }
    const keys = draft.groupAlso.map((column): Selected => ({ kind: "column", column }));
    // Two of one name come in the order of their keys.
    return uniqueOrder([...chosen, ...[...draft.groups, ...keys].map(usual)]);
  }
  if (draft.frame.distinct || fans) {
    return uniqueOrder(
      [...chosen.filter((one) => has(select, one.by)), ...select.map(usual)].slice(0, 4),
    );
  }
  const time = table === undefined ? undefined : defaultTime(table, draft.base);
  if (chosen.length === 0 && time !== undefined) {
    chosen.push({ by: { kind: "column", column: time.column }, descending: true, asked: false });
  }
  const keys = table === undefined ? [] : keyColumns(table, draft.base);
  return uniqueOrder([...chosen, ...keys.map((column) => usual({ kind: "column", column }))]);
}

function usual(by: Selected): Ordered {
  return { by, descending: false, asked: false };
}

/** `-1` stands for a superlative without a number: one row for a singular, a short list for a plural. */
function limitOf(draft: Draft): number | undefined {
  const { limit, which, tables, selects, mentions } = draft.frame;
  if (limit !== -1) {
    return limit;
  }
  const entity = which ?? tables[0] ?? selects[0];
  const plural = entity === undefined ? false : mentions[entity]?.plural === true;
  return plural ? fewRows : 1;
}

function requiredTables(
  draft: Draft,
  select: readonly Selected[],
  where: readonly Condition[],
): readonly number[] {
  const named = draft.frame.tables.map((mention) => draft.targets[mention]?.table ?? draft.base);
  const items = [...select, ...draft.groups, ...draft.order.map((one) => one.by)];
  const shown = items.flatMap((item) =>
    item.kind === "measure" ? [tableOf(item.measure)] : [item.column.table],
  );
  const filtered = where.flatMap((one) =>
    one.kind === "absent" || one.kind === "frequent"
      ? [one.edge.parent]
      : [one.kind === "named" ? one.table : one.column.table],
  );
  const grouped = draft.groupAlso.map((ref) => ref.table);
  const ofPart = tablesOfPart(draft);
  // Rows for each of others are counted by the key that refers to them.
  const asked = draft.frame.rowsEach ? [] : named;
  return [...new Set([...asked, ...shown, ...grouped, ...filtered, ...ofPart])].filter(
    (at) => at !== draft.base,
  );
}

function has(items: readonly Selected[], wanted: Selected): boolean {
  return items.some((item) => JSON.stringify(item) === JSON.stringify(wanted));
}

function uniqueItems(items: readonly Selected[]): readonly Selected[] {
  return items.filter(
    (item, at) => items.findIndex((other) => JSON.stringify(other) === JSON.stringify(item)) === at,
  );
}

function uniqueOrder(order: Query["order"]): Query["order"] {
  return order.filter(
    (one, at) =>
      order.findIndex((other) => JSON.stringify(other.by) === JSON.stringify(one.by)) === at,
  );
}

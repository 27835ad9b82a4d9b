/** A query in the making: a frame whose mentions have their targets, and what has been decided about it so far. */
import type { TableInfo } from "../sources/ports.ts";
import { columnAt, isMeasure } from "./column-kinds.ts";
import type { Frame, MentionId } from "./frame.ts";
import type { ColumnRef, Condition, JoinEdge, Measure, Ordered, Query, Selected } from "./ir.ts";
import type { Target } from "./schema-index.ts";

export interface Draft {
  readonly frame: Frame;
  /** One per mention of the frame. */
  readonly targets: readonly Target[];
  readonly tables: readonly TableInfo[];
  readonly having: Query["having"][number][];
  /** Grows with every assumption: a logarithm of the chance lost. */
  readonly doubt: { value: number };
  base: number;
  readonly measures: Measure[];
  readonly groups: Selected[];
  readonly groupAlso: ColumnRef[];
  readonly order: Ordered[];
  readonly via: JoinEdge[];
  /** Of the rows that are part of others: filled in with the conditions, as they depend on the base table. */
  readonly ofPart: Condition[];
}

export function draftOf(
  frame: Frame,
  targets: readonly Target[],
  tables: readonly TableInfo[],
): Draft {
  return {
    frame,
    targets,
    tables,
    base: -1,
    measures: [],
    groups: [],
    groupAlso: [],
    order: [],
    via: [],
    having: [],
    ofPart: [],
    doubt: { value: 0 },
  };
}

export function refOf(draft: Draft, mention: MentionId): ColumnRef | undefined {
  const target = draft.targets[mention];
  return target === undefined || !("column" in target)
    ? undefined
    : { table: target.table, column: target.column };
}

export function isQuantity(draft: Draft, mention: MentionId): boolean {
  const ref = refOf(draft, mention);
  const table = ref === undefined ? undefined : draft.tables[ref.table];
  const info = ref === undefined ? undefined : columnAt(draft.tables, ref);
  return table !== undefined && info !== undefined && isMeasure(table, info);
}

export function tableOf(measure: Measure): number {
  return "column" in measure ? measure.column.table : measure.table;
}

/** Keeps of a mention's candidates only those that can play a role. */
import { columnAt, isBoolean, isMeasure, isTime } from "./column-kinds.ts";
import type { Frame, MentionId } from "./frame.ts";
import type { Candidate, SchemaIndex } from "./schema-index.ts";

/** Candidates further than this behind the best are not what was meant. */
const closeEnough = 0.13;

export function tableOnly(candidates: readonly Candidate[]): readonly Candidate[] {
  return near(
    candidates.filter((one) => one.target.kind === "table" && one.quality > 0.7),
    candidates,
    0.25,
  );
}

/** What filters by its name alone: a stored value, or a filter that the semantic model names. */
export function valueOnly(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter(({ target }) => target.kind === "value" || target.kind === "named");
}

export function metricOnly(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter((one) => one.target.kind === "metric");
}

export function columnOnly(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.filter((one) => one.target.kind === "column");
}

export function numericOnly(
  candidates: readonly Candidate[],
  index: SchemaIndex,
): readonly Candidate[] {
  return candidates.filter(({ target }) => {
    const table = index.tables[target.table];
    if (target.kind === "metric") {
      return true;
    }
    const column = target.kind === "column" ? columnAt(index.tables, target) : undefined;
    return table !== undefined && column !== undefined && isMeasure(table, column);
  });
}

export function timeOnly(
  candidates: readonly Candidate[],
  index: SchemaIndex,
): readonly Candidate[] {
  return candidates.filter(({ target }) => {
    const column = target.kind === "column" ? columnAt(index.tables, target) : undefined;
    return column !== undefined && isTime(column);
  });
}

export function flagOnly(
  candidates: readonly Candidate[],
  index: SchemaIndex,
): readonly Candidate[] {
  return candidates.filter(({ target }) => {
    const column = target.kind === "column" ? columnAt(index.tables, target) : undefined;
    return column !== undefined && isBoolean(column);
  });
}

/** Those of `some` close to the best of `all`; none when the best of them is far behind. */
export function near(
  some: readonly Candidate[],
  all: readonly Candidate[],
  reach = closeEnough,
): readonly Candidate[] {
  const best = all[0]?.quality ?? 0;
  return some.filter((one) => one.quality >= best - reach);
}

/** Replaces the mention's candidates by fewer, if any are left. */
export function narrow(
  frame: Frame,
  mention: MentionId,
  candidates: readonly Candidate[],
): MentionId {
  const known = frame.mentions[mention];
  if (known !== undefined && candidates.length > 0) {
    frame.mentions[mention] = { ...known, candidates };
  }
  return mention;
}

/** Where a walk over a question's parts stands, and what earlier words still wait for. */
import type { Frame, MentionId, Metric } from "./frame.ts";
import { narrow, numericOnly, tableOnly } from "./narrow.ts";
import type { Aggregate, Comparison } from "./operators.ts";
import type { Part } from "./parts.ts";
import type { Candidate, SchemaIndex } from "./schema-index.ts";

export interface Waiting {
  aggregate: Aggregate | undefined;
  /** The first of `minimum and maximum`. */
  also: Aggregate | undefined;
  group: boolean;
  sort: { readonly descending: boolean } | undefined;
  rank: { readonly descending: boolean } | undefined;
  ranked: { readonly descending: boolean } | undefined;
  not: boolean;
  without: boolean;
  missing: { readonly negated: boolean } | undefined;
  distinct: boolean;
  which: boolean;
  metricCount: boolean;
  compare:
    | { readonly op: Comparison | "between"; readonly values: number[]; unitMs: number | undefined }
    | undefined;
  /** The number of a list whose order follows: `3 most expensive`. */
  number: { readonly value: number; readonly unitMs: number | undefined } | undefined;
  /** The mention a comparison, a period or `is missing` may follow. */
  subject:
    | { readonly mention: MentionId; readonly at: number; readonly fn: Aggregate | undefined }
    | undefined;
}

export interface Walk {
  readonly parts: readonly Part[];
  readonly index: SchemaIndex;
  readonly frame: Frame;
  readonly waiting: Waiting;
  at: number;
}

/** What sorts or ranks: a numeric column, or how many rows of a table. */
export function metricOf(walk: Walk, mention: MentionId, candidates: readonly Candidate[]): Metric {
  const { waiting } = walk;
  const fn = waiting.aggregate;
  waiting.aggregate = undefined;
  const counts = waiting.metricCount;
  waiting.metricCount = false;
  if (counts || numericOnly(candidates, walk.index).length === 0) {
    return { fn: "count", mention: narrow(walk.frame, mention, tableOnly(candidates)) };
  }
  return {
    fn: fn ?? "usual",
    mention: narrow(walk.frame, mention, numericOnly(candidates, walk.index)),
  };
}

/** `prices of the 5 most expensive`: a number before it is how many. */
export function ranks(part: Part | undefined): boolean {
  return part?.kind === "superlative" || part?.kind === "rank" || part?.kind === "first";
}

/** Nothing read yet, nothing awaited. */
export function nothing(): Waiting {
  return {
    aggregate: undefined,
    also: undefined,
    group: false,
    sort: undefined,
    rank: undefined,
    ranked: undefined,
    not: false,
    without: false,
    missing: undefined,
    distinct: false,
    which: false,
    metricCount: false,
    compare: undefined,
    number: undefined,
    subject: undefined,
  };
}

/** What still waits at the end either has an obvious reading or makes the question unanswerable. */
export function finish(walk: Walk): void {
  const { frame, waiting } = walk;
  if (frame.problem !== undefined) {
    return;
  }
  if (waiting.aggregate === "sum" && frame.tables.length > 0 && frame.measures.length === 0) {
    frame.count = true;
  } else if (waiting.aggregate === "avg" && namesTwoKinds(frame) && frame.measures.length === 0) {
    frame.rowsEach = true;
  } else if (waiting.aggregate !== undefined && frame.measures.length === 0) {
    frame.problem = "the question names a calculation but no numbers to calculate it from";
  }
  if (waiting.compare !== undefined) {
    const { op, values, unitMs } = waiting.compare;
    frame.problem =
      values.length === 0 ? "the question compares with something that is not a number" : undefined;
    frame.filters.push({ kind: "compare", mention: undefined, op, values, unitMs, fn: undefined });
  }
  if (waiting.number !== undefined) {
    frame.problem = `it is unclear what the number ${waiting.number.value} stands for`;
  }
  if (
    waiting.rank !== undefined ||
    waiting.sort !== undefined ||
    (frame.unsorted === "top" && frame.sorts.length === 0)
  ) {
    frame.problem ??= "the question asks for a ranking but does not say by what";
  }
  if (frame.fresh && !isDated(frame)) {
    frame.problem ??= "nothing in the source corresponds to “new”";
  }
  if (waiting.group || waiting.without || waiting.missing !== undefined || waiting.not) {
    frame.problem ??= "the question breaks off where it should name a column or a table";
  }
}

/** `average tickets per customer`: rows of one kind for each of another. */
function namesTwoKinds({ tables, groups }: Frame): boolean {
  return tables.length > 0 && tables.length + groups.filter((one) => "mention" in one).length > 1;
}

/** What is new in a span of time began in it. */
function isDated({ filters, groups }: Frame): boolean {
  return filters.some((one) => one.kind === "period") || groups.some((one) => "grain" in one);
}

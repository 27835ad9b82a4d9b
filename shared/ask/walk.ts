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

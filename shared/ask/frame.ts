/** What a question asks for, still in its own words: mentions with the roles they play, not yet tied to one table. */
import type { Aggregate, Comparison, Grain, PartScale } from "./operators.ts";
import type { Period } from "./periods.ts";
import type { Candidate } from "./schema-index.ts";

export interface Mention {
  readonly text: string;
  readonly plural: boolean;
  readonly candidates: readonly Candidate[];
}

/** Positions in `Frame.mentions`. */
export type MentionId = number;

export type Filter =
  | { readonly kind: "value"; readonly mention: MentionId; readonly negated: boolean }
  | { readonly kind: "flag"; readonly mention: MentionId; readonly negated: boolean }
  | {
      readonly kind: "text";
      readonly mention: MentionId | undefined;
      readonly value: string;
      readonly negated: boolean;
    }
  | {
      readonly kind: "compare";
      readonly mention: MentionId | undefined;
      readonly op: Comparison | "between";
      readonly values: readonly number[];
      readonly unitMs: number | undefined;
      /** Said of an aggregate: `with total revenue over 1000`. */
      readonly fn: Aggregate | undefined;
    }
  | { readonly kind: "null"; readonly mention: MentionId; readonly negated: boolean }
  | { readonly kind: "period"; readonly mention: MentionId | undefined; readonly period: Period }
  | { readonly kind: "absent"; readonly mention: MentionId; readonly period: Period | undefined };

export type Metric =
  | { readonly fn: Aggregate | "count" | "usual"; readonly mention: MentionId }
  | { readonly fn: "time" };

/** Rows counted out of others: filters from this position on are about them alone, periods about both. */
export interface Part {
  readonly scale: PartScale;
  /** Undefined until the rows they are out of have been named. */
  from: number | undefined;
  readonly rank: { readonly descending: boolean } | undefined;
}

export interface Frame {
  readonly mentions: Mention[];
  readonly tables: MentionId[];
  readonly selects: MentionId[];
  readonly filters: Filter[];
  readonly measures: { readonly fn: Aggregate; readonly mention: MentionId }[];
  readonly groups: ({ readonly mention: MentionId } | { readonly grain: Grain })[];
  readonly sorts: { readonly metric: Metric; readonly descending: boolean }[];
  count: boolean;
  /** What is counted, where it is not a table. */
  countOf: MentionId | undefined;
  distinct: boolean;
  /** `which region`: the thing asked for, once ranked. */
  which: MentionId | undefined;
  limit: number | undefined;
  /** Asked for the best or the last without saying by what. */
  unsorted: "top" | "recent" | undefined;
  /** A column named after its table without saying what for. */
  vague: boolean;
  either: boolean;
  /** `storage versus compute`. */
  versus: boolean;
  /** `new`: what a moment or a span of time has to follow. */
  fresh: boolean;
  /** Average number of the first table's rows for each row of the second. */
  rowsEach: boolean;
  /** Which end of the figures comes first, where no column is named to sort by. */
  direction: { readonly descending: boolean } | undefined;
  /** What figures of time are told in. */
  inUnitMs: number | undefined;
  part: Part | undefined;
  /** The first thing nothing accounts for, as a sentence. */
  problem: string | undefined;
}

export function emptyFrame(): Frame {
  return {
    mentions: [],
    tables: [],
    selects: [],
    filters: [],
    measures: [],
    groups: [],
    sorts: [],
    count: false,
    countOf: undefined,
    distinct: false,
    which: undefined,
    limit: undefined,
    unsorted: undefined,
    vague: false,
    either: false,
    versus: false,
    fresh: false,
    rowsEach: false,
    direction: undefined,
    inUnitMs: undefined,
    part: undefined,
    problem: undefined,
  };
}

/** What came of a query: an answer with its rows, where they came from and how long it took, or a doubt. */
import type { RenderedResult } from "../cache/ports.ts";
import type { Doubt, PlannedStatement } from "./plan-statement.ts";

export interface Timing {
  readonly total: number;
  readonly ask?: number;
  readonly guard?: number;
  readonly execute?: number;
}

export interface CacheNote {
  readonly status: "hit" | "stale" | "miss" | "bypass";
  readonly ageSeconds: number;
  readonly reason?: string;
}

export type QueryOutcome = {
  readonly queryId: string;
  readonly sourceId: string;
  readonly timing: Timing;
} & (
  | {
      readonly kind: "answer";
      readonly plan: PlannedStatement;
      readonly result: RenderedResult;
      readonly cache: CacheNote;
    }
  | { readonly kind: "doubt"; readonly doubt: Doubt }
);

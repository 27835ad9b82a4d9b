/** What came of a query: an answer with its rows, where they came from and how long it took, or a doubt. */
import type { AskCandidate } from "../ask/ports.ts";
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

/** What choosing a reading would show. */
export interface Preview {
  readonly columns: readonly { readonly name: string }[];
  readonly rowCount: number;
  readonly truncated: boolean;
  /** The cells as a JSON array; null where there is no row, or a large one. */
  readonly firstRowJson: string | null;
}

export interface ShownOption extends AskCandidate {
  readonly preview?: Preview;
}

export type AskedBack = Extract<Doubt, { kind: "clarify" }>;
export type ShownDoubt =
  | Exclude<Doubt, AskedBack>
  | (AskedBack & { readonly options: readonly ShownOption[] });

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
  | { readonly kind: "doubt"; readonly doubt: ShownDoubt }
);

/** How a statement ended, in whichever engine it ran. */
import type { RawRows } from "./compare.ts";

export type RunResult =
  | { readonly kind: "rows"; readonly rows: RawRows }
  /** A refusal of the guard, an error, a time-out, or more rows than the budget: all of them are wrong. */
  | { readonly kind: "failed"; readonly why: string };

export interface RunBudget {
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

export interface StatementRunner {
  run(sql: string): Promise<RunResult>;
  close(): Promise<void>;
}

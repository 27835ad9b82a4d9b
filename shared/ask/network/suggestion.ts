/** A program that another reader of the question proposes, for the network to judge beside its own. */
import type { Program } from "./program.ts";

export interface Suggestion {
  /** Its columns, tables and values are positions in the same reading of the question. */
  readonly program: Program;
  readonly origin: "rules" | "example";
  /** 0 … 1: how sure the other reader is, or how like the example's question is. */
  readonly worth: number;
}

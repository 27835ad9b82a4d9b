/** What another reader of the question proposes, for the ranking to weigh beside what the network finds. */
import type { JsonValue } from "../../sources/ports.ts";
import type { Program } from "./program.ts";
import type { Uses } from "./uses.ts";

/** The SQL of a verified example that no program says, with the question's values in it. */
export interface ExampleStatement {
  readonly sql: string;
  readonly params: readonly JsonValue[];
  /** Positions in the reading of the question. */
  readonly uses: Uses;
  readonly restatement: string;
}

interface Suggested {
  readonly origin: "rules" | "example";
  /** 0 … 1: how sure the other reader is, or how like the example's question is. */
  readonly worth: number;
}

export interface ProgramSuggestion extends Suggested {
  /** Its columns, tables and values are positions in the same reading of the question. */
  readonly program: Program;
  readonly statement?: undefined;
}

export interface StatementSuggestion extends Suggested {
  readonly statement: ExampleStatement;
  readonly program?: undefined;
}

export type Suggestion = ProgramSuggestion | StatementSuggestion;

/** Question → SQL: what the engine is given, and the three honest ways it can answer. */
import type { JsonValue, SourceSchema } from "../sources/ports.ts";

/** A question that a person confirmed together with its SQL. */
export interface VerifiedExample {
  readonly exampleId: string;
  readonly sourceId: string;
  /** May hold typed slots: `jobs of the last {n:int} days`. */
  readonly question: string;
  /** One slot value per $n, in the order of `slots`. */
  readonly sql: string;
  /** Slot names in the order of the SQL's parameters. */
  readonly slots: readonly string[];
}

export interface AskInput {
  readonly question: string;
  readonly schema: SourceSchema;
  readonly examples: readonly VerifiedExample[];
  /** Milliseconds since the Unix epoch: what "today" means. */
  readonly now: number;
}

export interface AskCandidate {
  readonly question: string;
  readonly sql: string;
  readonly params: readonly JsonValue[];
}

/** The statement that would be the answer if there were no doubt: for those who measure, never shown as an answer. */
export interface AskGuess {
  readonly sql: string;
  readonly params: readonly JsonValue[];
  readonly confidence: number;
}

export type AskOutcome =
  | {
      readonly kind: "answer";
      readonly provenance: "verified" | "generated";
      readonly sql: string;
      readonly params: readonly JsonValue[];
      /** 0 … 1: the chance that this is what was asked. */
      readonly confidence: number;
      /** The SQL in plain English. */
      readonly restatement: string;
    }
  | {
      readonly kind: "clarify";
      readonly reason: string;
      readonly options: readonly AskCandidate[];
      readonly confidence: number;
      readonly best?: AskGuess;
    }
  | {
      readonly kind: "abstain";
      readonly reason: string;
      readonly confidence: number;
      readonly best?: AskGuess;
    };

/** Pure and synchronous: no store, no network, no clock of its own. `version` changes whenever an outcome may. */
export interface AskEngine {
  readonly version: string;
  ask(input: AskInput): AskOutcome;
}

/** A verified question as a template: what it asks apart from its slots. */
export interface ParsedTemplate {
  /** Slot names in the order of the SQL's parameters. */
  readonly slots: readonly string[];
  /** Two questions with the same key ask the same. */
  readonly key: string;
}

/** Question → SQL: what the engine is given, and the three honest ways it can answer. */
import type { JsonValue, SourceSchema, TableRef } from "../sources/ports.ts";

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

/** SQL over one table's columns, cut at them so that each can be written with its table's name. Checked when it was saved. */
export interface SemanticExpression {
  /** As its author wrote it. */
  readonly text: string;
  readonly parts: readonly (string | { readonly column: string })[];
}

/** A condition with a name: `active customers`. */
export interface NamedFilter {
  readonly name: string;
  readonly synonyms: readonly string[];
  readonly table: TableRef;
  readonly condition: SemanticExpression;
}

/** An aggregate with a name: `revenue`. */
export interface SemanticMetric {
  readonly name: string;
  readonly synonyms: readonly string[];
  readonly table: TableRef;
  readonly expression: SemanticExpression;
  /** Rows that count for it, and no others. */
  readonly filters: readonly NamedFilter[];
}

/** What the source's semantic model defines over what the caller sees. */
export interface AskSemantics {
  readonly version: string;
  readonly metrics: readonly SemanticMetric[];
  readonly filters: readonly NamedFilter[];
}

export interface AskInput {
  readonly question: string;
  readonly schema: SourceSchema;
  readonly examples: readonly VerifiedExample[];
  readonly semantics?: AskSemantics;
  /** Milliseconds since the Unix epoch: what "today" means. */
  readonly now: number;
}

export interface AskCandidate {
  readonly question: string;
  readonly sql: string;
  readonly params: readonly JsonValue[];
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
    }
  | { readonly kind: "abstain"; readonly reason: string; readonly confidence: number };

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

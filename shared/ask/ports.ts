/** Question → SQL: what the engine is given, and the three honest ways it can answer. */
import type { Logger } from "../kernel/logger.ts";
import type { JsonValue, SourceSchema, SqlDialect, TableRef } from "../sources/ports.ts";

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
  /** What one of it is: `hours`. */
  readonly unit?: string;
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
  /** SQL that a person called wrong for this very question: never offered for it again. */
  readonly rejected?: readonly string[];
  /** Absent: the engine's own. */
  readonly thresholds?: AskThresholds;
  /** Absent for an engine that stays within this process. */
  readonly call?: AskCall;
}

export type DateGrain = "second" | "minute" | "hour" | "day" | "month";

/** A day, a month or a moment of a day, as a text says it. */
export interface WrittenDate {
  /** Where it begins, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly grain: DateGrain;
  /** Said in full; guessed, because the text leaves it out; near, because the day is one near the day of asking. */
  readonly year: "said" | "guessed" | "near";
}

/** A date or a range of dates, with the characters that it takes in the text. */
export interface DateMention {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly first: WrittenDate;
  /** Only for a range: its last day, month or moment. */
  readonly last?: WrittenDate;
}

/** Finds the dates that a text writes out. Pure: the same text at the same moment has the same dates, all in UTC. */
export interface DateReader {
  read(text: string, at: number): readonly DateMention[];
}

/** The moment of asking, and who reads the dates of a question asked then. */
export interface Now {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly dates: DateReader;
}

/** A question with what it is read with. */
export type AskedInput = Omit<AskInput, "now"> & { readonly now: Now };

/** Chances between which an engine answers, asks back, or says that it does not know. */
export interface AskThresholds {
  readonly answer: number;
  readonly clarify: number;
}

/** What is known of a statement that nobody has run yet. */
export type StatementVerdict =
  | {
      readonly kind: "sound";
      readonly canonicalSql: string;
      /** As the statement names them. */
      readonly tables: readonly string[];
    }
  | {
      readonly kind: "flawed";
      readonly fault: StatementFault;
      /** What the caller would be told of it. */
      readonly message: string;
    };

export type StatementFault =
  | "syntax"
  | "refused"
  | "unknown_table"
  | "unknown_column"
  | "parameters"
  /** The source cannot run it for another reason: types that do not fit, a column that is not grouped. */
  | "not_runnable";

/** The call that a question came with. */
export interface AskCall {
  readonly dialect: SqlDialect;
  readonly requestId: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /**
   * Whether the caller could run this statement: the guard, the caller's policies and the source's own planner say so.
   * Nothing is executed. Throws only the reason of this signal, and metadata_unavailable.
   */
  judge(sql: string, params: readonly JsonValue[], signal: AbortSignal): Promise<StatementVerdict>;
}

export interface AskCandidate {
  readonly question: string;
  readonly sql: string;
  readonly params: readonly JsonValue[];
  /** 0 … 1: the chance that this is what was asked; left out where the engine does not know it. */
  readonly confidence?: number;
  /** As those of an answer. */
  readonly warnings?: readonly string[];
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
      /** Sentences: what the joins do to the rows that the question did not ask for. */
      readonly warnings?: readonly string[];
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

/**
 * The embedded one is pure: no store, no network, no clock of its own. Others may ask a service and have `input.call`.
 * `version` changes whenever an outcome may. Throws only the reason of the call's signal.
 */
export interface AskEngine {
  readonly version: string;
  /** Loads what the first question would wait for; absent where that is nothing. */
  readonly prepare?: () => Promise<void>;
  ask(input: AskInput): Promise<AskOutcome>;
}

/** A verified question as a template: what it asks apart from its slots. */
export interface ParsedTemplate {
  /** Names in the order of the SQL's parameters; a period's slot is two of them. */
  readonly slots: readonly string[];
  /** What fills each of them. */
  readonly types: readonly ("int" | "text" | "date" | "period" | "value")[];
  /** Two questions with the same key ask the same. */
  readonly key: string;
}

/** An answered question, to be made an example of. */
export interface AnsweredQuestion {
  readonly question: string;
  readonly sql: string;
  readonly params: readonly JsonValue[];
  /** When it was answered, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** String literals of the dialect read backslashes as escapes. */
  readonly backslashes: boolean;
}

export type Generalised =
  | { readonly kind: "template"; readonly question: string; readonly sql: string }
  /** Why the answer says nothing of the next time the question is asked. */
  | { readonly kind: "unfit"; readonly reason: string };

/** What those who keep examples need to read of a question. No I/O but the first loading of what reads dates. */
export interface QuestionReader {
  /** @throws Error that says what is wrong with the template. */
  parseTemplate(question: string): ParsedTemplate;
  /** The key of a question as it was asked. */
  keyOf(question: string): string;
  /** Whether the template of one key may answer a question of the other: its words are there, whatever fills its slots. */
  covers(templateKey: string, questionKey: string): boolean;
  /** The question with typed holes where its values stood. */
  mask(question: string, schema: SourceSchema, now: number): Promise<string>;
  /** The parameters of an answer as typed slots, where the question says them, and as literals. */
  generalise(answered: AnsweredQuestion): Promise<Generalised>;
}

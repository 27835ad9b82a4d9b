/**
 * The streaming source port, as the branch that changes `ports.ts` has it: a copy of types alone, so that adapters can be
 * built against it before the two branches meet. Once they have, these names come from `ports.ts` and this file goes.
 */
import type {
  ExecutionBudget,
  JsonValue,
  ResultColumn,
  SourceCheck,
  SourceSchema,
} from "./ports.ts";

export type SqlDialect = "postgres" | "duckdb" | "snowflake";

/** One cell as JSON text (`null`, `12.5`, `"a"`, `{"n":1}`): what every answer is made of, never parsed on its way. */
export type JsonCell = string;
export type JsonRow = readonly JsonCell[];

export interface ResultStream {
  /** Known before the first row. */
  readonly columns: readonly ResultColumn[];
  /** The next rows (never an empty array), or null at the end. Pull-driven: what is not asked for waits in the source. */
  read(): Promise<readonly JsonRow[] | null>;
  /** After the end: true exactly when the source had more than the budget let through. */
  truncated(): boolean;
  /** Stops it on the source's side and frees what it holds; idempotent; harmless after the end. */
  close(): Promise<void>;
}

export interface TableRef {
  readonly schema: string;
  readonly name: string;
}

export interface PrivilegeFinding {
  readonly severity: "warning" | "danger";
  readonly privilege: string;
  readonly evidence: string;
}

export interface BoundStatement {
  readonly sql: string;
  /** Bound to $1 … $n; never written into the text. */
  readonly params: readonly JsonValue[];
  /** The principal's attributes, for sources with row rules of their own. */
  readonly session?: Readonly<Record<string, string>>;
  /** The platform's request, for the source's own query log. */
  readonly requestId?: string;
}

export interface StreamingSourceAdapter {
  readonly dialect: SqlDialect;
  introspect(signal: AbortSignal): Promise<SourceSchema>;
  /** Runs one statement read-only and leaves no state behind. Resolves when the columns are known. */
  execute(
    statement: BoundStatement,
    budget: ExecutionBudget,
    signal: AbortSignal,
  ): Promise<ResultStream>;
  /** The source's own plan; nothing is executed. */
  explain(
    statement: BoundStatement,
    budget: ExecutionBudget,
    signal: AbortSignal,
  ): Promise<JsonValue>;
  /** For each table asked, a text that changes whenever its rows may have; null where the source cannot say. */
  changeTokens(
    tables: readonly TableRef[],
    signal: AbortSignal,
  ): Promise<readonly (string | null)[]>;
  /** What the credential could do beyond reading; empty where it can do nothing more. */
  privileges(signal: AbortSignal): Promise<readonly PrivilegeFinding[]>;
  check(signal: AbortSignal): Promise<SourceCheck>;
  close(): Promise<void>;
}

/** Data sources: what the query path asks of one, whatever the vendor behind it. */
import type { Principal } from "../kernel/context.ts";

export interface ColumnInfo {
  readonly name: string;
  /** The source's own type name, lower case: `integer`, `timestamp with time zone`, `text` … */
  readonly type: string;
  readonly nullable: boolean;
  readonly comment?: string;
  /** Distinct values, most frequent first: all of a column with few of them, or what the value index let in; absent where unknown. */
  readonly values?: readonly string[];
  /** Whoever asks is shown something else in place of what is stored. */
  readonly masked?: true;
  /** Other words for it, each as good as its name: of the source's semantic model, as is all below. */
  readonly synonyms?: readonly string[];
  /** Stored values with what people say for them. */
  readonly namedValues?: readonly NamedValue[];
  readonly role?: "dimension" | "measure" | "time" | "key";
  /** What a question most likely wants of it where it does not say. */
  readonly defaultAggregation?: "sum" | "avg" | "min" | "max";
  /** What one of it is: `seconds`, `USD`. */
  readonly unit?: string;
}

export interface NamedValue {
  readonly value: string;
  /** Each as good as the value itself. */
  readonly synonyms: readonly string[];
}

export interface ForeignKey {
  /** The part that the row referred to plays: `billing address`. */
  readonly name?: string;
  readonly columns: readonly string[];
  readonly references: {
    readonly schema: string;
    readonly table: string;
    readonly columns: readonly string[];
  };
}

export interface TableInfo {
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "view";
  readonly comment?: string;
  readonly columns: readonly ColumnInfo[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Other words for it, each as good as its name. */
  readonly synonyms?: readonly string[];
  /** The moment that a row is about where a question does not say which. */
  readonly defaultTimeColumn?: string;
  /** The planner's estimate; absent where unknown. */
  readonly estimatedRows?: number;
}

export interface SourceSchema {
  readonly tables: readonly TableInfo[];
  /** Changes whenever tables or columns do (values and row estimates do not count). */
  readonly version: string;
  /** Functions of users that PostgreSQL's attribute notation, `(x).f`, could call; absent where there are none. */
  readonly attributeFunctions?: readonly string[];
}

/** A value as JSON can hold it: what parameters are given as and what rows are made of. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Which grammar a source speaks: guard, canonical text and policies are chosen by it. */
export type SqlDialect = "postgres" | "duckdb" | "snowflake";

export interface BoundStatement {
  readonly sql: string;
  /** Bound to $1 … $n; never written into the text. */
  readonly params: readonly JsonValue[];
  /** The statement is an EXPLAIN, which some sources must run in another way than a query. */
  readonly explain?: true;
  /** The principal's attributes, for sources with row rules of their own; gone when the statement ends. */
  readonly session?: Readonly<Record<string, string>>;
  /** The platform's request, for sources that keep a log of statements with a tag on each. */
  readonly requestId?: string;
}

export interface ExecutionBudget {
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * One value as JSON text on one line: `null`, `12.50`, `"a \"b\""`, `{"n":1}`. Answers and exports are made of these;
 * nothing parses them on their way, so that nothing rounds them.
 */
export type JsonCell = string;
/** In the order of the columns. */
export type JsonRow = readonly JsonCell[];

export interface ResultStream {
  /** Known before the first row. */
  readonly columns: readonly ResultColumn[];
  /** The next rows (never none), or null at the end. What is not asked for waits in the source. @throws as execute does. */
  read(): Promise<readonly JsonRow[] | null>;
  /** After the end: true exactly when the source had more than the budget let through. */
  truncated(): boolean;
  /** Stops the statement in the source and frees what it holds. May be called at any time, and again. */
  close(): Promise<void>;
}

export interface TableRef {
  readonly schema: string;
  readonly name: string;
}

/** Something that a source's credential could do and that reading does not need. */
export interface PrivilegeFinding {
  /** `danger`: could harm the server or its files. `warning`: could change data. */
  readonly severity: "warning" | "danger";
  /** Stable and machine-readable: `superuser`, `write`, `server_files`, `replication` … */
  readonly privilege: string;
  /** One sentence naming what was found. */
  readonly evidence: string;
}

export interface SourceCheck {
  readonly ok: boolean;
  readonly latencyMs: number;
  /** One sentence of evidence: the version answered, or why it failed. */
  readonly evidence: string;
}

/**
 * One connected source. Implementations bound every call: by `signal`, by the budget, and on the server itself.
 * Errors thrown are AppErrors: `query_timeout`, `query_failed`, `sql_parameters`, `source_unavailable`, `overloaded`.
 */
export interface SourceAdapter {
  readonly dialect: SqlDialect;
  /** Each statement costs money: none is run that nobody asked for. */
  readonly billed?: true;
  introspect(signal: AbortSignal): Promise<SourceSchema>;
  /**
   * Runs one statement read-only, in a transaction of its own, and leaves no state behind. Settles when the columns are
   * known; the statement is cancelled on the server when `signal` aborts or the stream is closed before its end.
   */
  execute(
    statement: BoundStatement,
    budget: ExecutionBudget,
    signal: AbortSignal,
  ): Promise<ResultStream>;
  /** The source's own plan of a statement, which is not run. One that is an EXPLAIN already keeps its own options. */
  explain(
    statement: BoundStatement,
    budget: ExecutionBudget,
    signal: AbortSignal,
  ): Promise<JsonValue>;
  /** For each table a text that changes whenever its rows may have; null where the source cannot say. */
  changeTokens(
    tables: readonly TableRef[],
    signal: AbortSignal,
  ): Promise<readonly (string | null)[]>;
  /** Scripts for the owner of the tables, where change tokens can be made exact. */
  readonly changeTriggers?: { readonly install: string; readonly remove: string };
  /** What the credential could do beyond reading. */
  privileges(signal: AbortSignal): Promise<readonly PrivilegeFinding[]>;
  check(signal: AbortSignal): Promise<SourceCheck>;
  close(): Promise<void>;
}

/** A registered source, without its credentials. */
export interface SourceRecord {
  readonly sourceId: string;
  /** The kind: `postgres`, `snowflake`, `data_lake`, `embedded`, or one that was added. */
  readonly type: string;
  readonly config: Readonly<Record<string, JsonValue>>;
  readonly builtin: boolean;
  readonly createdAt: string;
}

/** A source that this instance has an adapter for. */
export interface OpenSource {
  readonly record: SourceRecord;
  readonly adapter: SourceAdapter;
}

export interface SourceGateway {
  /** The named source, or the only one the principal sees. @throws AppError source_not_found, request_invalid. */
  resolve(sourceId: string | undefined, principal: Principal): Promise<OpenSource>;
  /** The schema, at most a minute old. @throws AppError source_unavailable. */
  schema(source: OpenSource, signal: AbortSignal): Promise<SourceSchema>;
  /** The schema as it is now. Values that questions may name are `kept` while its shape is the same, or read `anew` too. */
  refresh(source: OpenSource, values: "kept" | "anew", signal: AbortSignal): Promise<SourceSchema>;
  visible(principal: Principal): Promise<readonly SourceRecord[]>;
  /** Forgets what this instance knows of a source that was changed or removed. */
  forget(sourceId: string): Promise<void>;
  close(): Promise<void>;
}

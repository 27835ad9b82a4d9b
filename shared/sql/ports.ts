/** What the guard says of a statement, and the nouns that other rooms need to speak of SQL. */
import type { SqlDialect } from "../sources/ports.ts";

/**
 * A relation as the statement names it; `schema` is null when it was not qualified. One exception, so that no
 * policy mistakes it for a table of the user's: an unqualified system relation is reported under `pg_catalog`,
 * where PostgreSQL looks first.
 */
export interface TableName {
  readonly schema: string | null;
  readonly name: string;
}

export interface RefusalReason {
  /** Stable and machine-readable: `statement_kind`, `function_not_allowed`, `catalog_relation` … */
  readonly rule: string;
  /** A sentence a person understands, naming what was refused. */
  readonly message: string;
}

/** What is known of a statement that may run. */
export interface AllowedStatement {
  readonly verdict: "allow";
  /** Parsed and deparsed: case, white space, comments and quoting that do not matter are gone. */
  readonly canonicalSql: string;
  /** Every relation read, CTE names excluded, without repeats, in order of first appearance. */
  readonly tables: readonly TableName[];
  /** Functions called, lower case, unqualified unless the statement qualified them with a schema other than pg_catalog. */
  readonly functions: readonly string[];
  /** Names after a dot, `(x).f` and `t.f`: PostgreSQL calls a function of that name where there is no such field. */
  readonly attributes?: readonly string[];
  /** The highest n of $n; 0 for none. */
  readonly parameterCount: number;
  /** True when the answer may change although no table does (now(), random(), current_user …): never cached. */
  readonly volatile: boolean;
  /** `explain` plans only; nothing is executed. */
  readonly kind: "select" | "explain";
}

export type GuardVerdict =
  | AllowedStatement
  | { readonly verdict: "refuse"; readonly reasons: readonly RefusalReason[] }
  | {
      readonly verdict: "syntax_error";
      readonly message: string;
      readonly line: number;
      readonly column: number;
    };

/** Judges one statement. Pure: the same text gives the same verdict. `version` changes whenever a verdict may. */
export interface SqlGuard {
  readonly version: string;
  check(sql: string): GuardVerdict | Promise<GuardVerdict>;
}

/** One guard for each dialect; a parser that few need is loaded when it is first asked for. */
export interface SqlGuards {
  of(dialect: SqlDialect): SqlGuard | Promise<SqlGuard>;
}

/** One node of PostgreSQL's parse tree as plain JSON: `{ SelectStmt: { ... } }`. Plain data, free to be rewritten. */
export interface AstNode {
  readonly [type: string]: unknown;
}

export type ParseOutcome =
  /** `text` is the whole tree as the parser wrote it: JSON without blanks, strings escaped. */
  | { readonly kind: "parsed"; readonly statements: readonly AstNode[]; readonly text: string }
  /** Line and column are 1-based and count characters (code points), not bytes. */
  | {
      readonly kind: "syntax_error";
      readonly message: string;
      readonly line: number;
      readonly column: number;
    }
  /** The parser's own limits were met (nesting, memory); the next statement is parsed as ever. */
  | { readonly kind: "too_complex"; readonly message: string };

/** PostgreSQL's own grammar, both ways. `deparse` takes one statement and may throw on a tree it cannot write. */
export interface SqlParser {
  parse(sql: string): ParseOutcome;
  /** The tree's text alone, which costs half of making objects of it; null where there is no tree. */
  parseToText(sql: string): string | null;
  deparse(statement: AstNode): string;
}

/** A column as one caller sees it. */
export interface ViewColumn {
  readonly name: string;
  /** What stands in the column's place, an expression over the row; null for the column's own value. */
  readonly value: AstNode | null;
  /** True where the column may be shown and used for nothing else: no condition, join, group or order. */
  readonly guarded: boolean;
}

/** A relation as one caller sees it. */
export interface RelationView {
  readonly schema: string;
  readonly name: string;
  /** Those the caller sees, in the table's order. */
  readonly columns: readonly ViewColumn[];
  /** False where the table has columns that the caller does not see. */
  readonly complete: boolean;
  /** False where `*` and whole rows are refused, because they would ask for a column that is denied. */
  readonly wholeRows: boolean;
  /** The rows seen: a boolean expression over the row; null for all of them. */
  readonly filter: AstNode | null;
  /** The filter's answer may change although no table does. */
  readonly volatile: boolean;
}

/**
 * What a caller may see of one source. In `value` and `filter`, a node `{ RowColumn: { name } }` stands for a
 * column of the row, and `{ BoundValue: { name } }` for a text that is bound as a parameter.
 */
export interface RelationViews {
  /** The view that a name means, or null: unknown and forbidden are the same. `schema` null for an unqualified name. */
  find(schema: string | null, name: string): RelationView | null;
  /** Types beside PostgreSQL's own that casts may name: those of visible columns, lower case, unqualified. */
  readonly types: ReadonlySet<string>;
}

export type RestrictOutcome =
  | {
      readonly kind: "restricted";
      /** What is to be run: the statement with every relation cut down to what the caller sees. */
      readonly sql: string;
      /** The names of the values bound after the statement's own parameters, in order. */
      readonly bound: readonly string[];
      readonly volatile: boolean;
      /** It names a relation of which rows or values are kept back. */
      readonly narrowed: boolean;
    }
  | { readonly kind: "missing"; readonly table: TableName }
  | { readonly kind: "refused"; readonly reasons: readonly RefusalReason[] };

/** Rewrites statements that the guard allowed, so that nothing in them reaches beyond the views. Pure. */
export interface StatementRestrictor {
  restrict(sql: string, allowed: AllowedStatement, views: RelationViews): RestrictOutcome;
  /** What the caller sees of one relation, as a query: a view is tried with it. @throws Error when it cannot be written. */
  probe(view: RelationView): { readonly sql: string; readonly bound: readonly string[] };
}

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
  | { readonly kind: "parsed"; readonly statements: readonly AstNode[] }
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
  deparse(statement: AstNode): string;
}

/** Policies: who may read which tables, rows and columns of a source, and how that reaches the query path. */
import type { Principal } from "../kernel/context.ts";
import type {
  JsonValue,
  SourceAdapter,
  SourceRecord,
  SourceSchema,
  SqlDialect,
} from "../sources/ports.ts";
import type {
  AllowedStatement,
  AstNode,
  GuardVerdict,
  RefusalReason,
  RelationView,
  RelationViews,
  RestrictOutcome,
  TableName,
} from "../sql/ports.ts";

/** What stands for a column's value. Null stays null in `hash` and `partial`. */
export type Mask = (
  | { readonly kind: "null" }
  | { readonly kind: "constant"; readonly value: string | number | boolean }
  /** SHA-256 of the value as text, salted for each source: equal values stay equal, and cannot be guessed from it. */
  | { readonly kind: "hash" }
  /** `****` and the last characters; of a value no longer than that, `****` alone. */
  | { readonly kind: "partial"; readonly keepLast: number }
) & {
  /** The masked value may be used in conditions, joins, groups and orders too. */
  readonly filterable: boolean;
};

/** Columns that are granted; null for all. */
export type ColumnRule =
  /** The table has these columns only: `*` gives them. */
  | { readonly kind: "allow"; readonly names: readonly string[] }
  /** All but these; `*` and whole rows, which would ask for them, are refused. */
  | { readonly kind: "deny"; readonly names: readonly string[] };

/** A grant: what some roles may read of a table. Several grants add up. */
export interface Policy {
  readonly policyId: string;
  readonly sourceId: string;
  readonly roles: readonly string[];
  readonly schema: string;
  /** `*` for every table and view of the schema, without filter, columns or masks. */
  readonly table: string;
  readonly columns: ColumnRule | null;
  /** A boolean SQL expression over the table's columns, with `{principal.x}` for attributes; null for all rows. */
  readonly rowFilter: string | null;
  readonly masks: Readonly<Record<string, Mask>>;
  /** Milliseconds since the Unix epoch. */
  readonly updatedAt: number;
  readonly updatedBy: string;
}

export interface PolicyStore {
  /** All policies, by id. */
  list(): Promise<readonly Policy[]>;
  /** Replaces the policy of the same id. True where there was none. */
  put(policy: Policy): Promise<boolean>;
  /** False where there is none. */
  remove(policyId: string): Promise<boolean>;
}

/** Policies as this instance remembers them: five seconds at most. */
export interface PolicyMemory {
  /** Those of a source, the same array until one changes. @throws AppError metadata_unavailable. */
  forSource(sourceId: string): Promise<readonly Policy[]>;
  forget(): void;
}

/** The guard of PostgreSQL's dialect, which is always at hand. */
export interface StatementGuard {
  check(sql: string): GuardVerdict;
}

/** A row filter whose `{principal.x}` have become $1 … $n. */
export interface PlacedFilter {
  readonly expression: string;
  /** The bound value of $1, $2 …. */
  readonly values: readonly string[];
  /** How often one of them stands in the text. */
  readonly places: number;
}

export type FilterReading =
  | {
      readonly kind: "filter";
      /** Over the row; `anyOf` and the like of the same dialect take it. */
      readonly expression: AstNode;
      readonly columns: readonly string[];
      readonly volatile: boolean;
    }
  | { readonly kind: "invalid"; readonly message: string };

/** The expressions that views are made of, in a dialect's own form. */
export interface PolicyExpressions {
  readonly never: AstNode;
  column(name: string): AstNode;
  /** A null of the column's own type. */
  nullOf(name: string): AstNode;
  masked(name: string, mask: Mask): AstNode;
  anyOf(conditions: readonly AstNode[]): AstNode;
  choose(condition: AstNode, value: AstNode, otherwise: AstNode): AstNode;
}

/** What policies need of a dialect. Where it cannot do something safely it refuses, and says what. */
export interface PolicyDialect {
  /** The schema that an unqualified name means, and a policy that names none. */
  readonly defaultSchema: string;
  readonly expressions: PolicyExpressions;
  /** Whether the dialect takes two names for the same column. */
  sameColumn(one: string, other: string): boolean;
  check(sql: string): GuardVerdict | Promise<GuardVerdict>;
  readFilter(filter: PlacedFilter): FilterReading | Promise<FilterReading>;
  restrict(
    sql: string,
    allowed: AllowedStatement,
    views: RelationViews,
  ): RestrictOutcome | Promise<RestrictOutcome>;
  /** A view as a query of its own, to be tried. @throws Error where it cannot be written. */
  probe(view: RelationView): Probe | Promise<Probe>;
}

export interface Probe {
  readonly sql: string;
  readonly bound: readonly string[];
}

/** PostgreSQL's is at hand; the others are loaded at their first use. */
export interface PolicyDialects {
  of(dialect: SqlDialect): PolicyDialect | Promise<PolicyDialect>;
}

export type Restricted =
  /** What is run in the statement's place. */
  | {
      readonly kind: "statement";
      readonly sql: string;
      /** Bound after the statement's own parameters. */
      readonly params: readonly JsonValue[];
      readonly volatile: boolean;
      /** Rows or values are kept back: its plan would show the filter, the masks and estimates over every row. */
      readonly narrowed: boolean;
    }
  /** Unknown and forbidden are the same. */
  | { readonly kind: "missing"; readonly table: TableName }
  | { readonly kind: "refused"; readonly reasons: readonly RefusalReason[] };

/** A statement in its caller's words. */
export interface Asked {
  readonly sql: string;
  /** Those that it names. */
  readonly tables: readonly TableName[];
}

/** What one caller may do with one source. */
export interface SourceAccess {
  /** The same for callers who see the same, different for all others. */
  readonly fingerprint: string;
  /** Tables and columns that the caller sees. */
  readonly schema: SourceSchema;
  /** The caller's attributes for row rules of the source's own (`mcp.<name>`), where it asked for them. */
  readonly session: Readonly<Record<string, string>> | null;
  restrict(sql: string, allowed: AllowedStatement): Restricted | Promise<Restricted>;
  /** Those whose SQL reads only what the caller sees; the same array for the same one. */
  readable<T extends { readonly sql: string }>(queries: readonly T[]): Promise<readonly T[]>;
  /**
   * What the caller may be told of an error of the source. An unknown table or column is named with the nearest ones
   * that the caller sees. Other errors may quote values of rows that the caller does not: they come in our own words.
   */
  veil(error: unknown, asked: Asked): unknown;
}

/** What policies ask of an open source. */
export interface PolicedSource {
  readonly record: SourceRecord;
  readonly adapter: Pick<SourceAdapter, "dialect">;
}

export interface PolicyEngine {
  /** @throws AppError metadata_unavailable: without its policies nothing of a source is shown. */
  access(source: PolicedSource, principal: Principal, schema: SourceSchema): Promise<SourceAccess>;
}

/** DuckDB's own parser as the guard, the pruning of files and the policies ask for it. */

/** One SELECT as DuckDB serialises it: `{ node, named_param_map }`. Plain data, free to be rewritten. */
export type DuckdbAst = Record<string, unknown>;

export type DuckdbParse =
  | { readonly kind: "parsed"; readonly statements: readonly DuckdbAst[] }
  /** It parses, but something in it is not a SELECT. */
  | { readonly kind: "not_a_select" }
  /** Line and column are 1-based and count characters (code points), not bytes. */
  | {
      readonly kind: "syntax_error";
      readonly message: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "too_complex"; readonly message: string };

/** DuckDB's grammar, both ways. Asynchronous, since its Node binding has no other way to run a statement. */
export interface DuckdbParser {
  parse(sql: string): Promise<DuckdbParse>;
  /** The statement as text. @throws where DuckDB cannot write the tree. */
  write(statement: DuckdbAst): Promise<string>;
}

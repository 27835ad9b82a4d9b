/** The grammar that Snowflake's statements are read with: a parser's tree as plain data. */

export type SnowflakeParse =
  /** One entry per statement. Enumerations are `"Name"` or `{ Name: … }`, structures are objects. */
  | { readonly kind: "parsed"; readonly statements: readonly unknown[] }
  /** Line and column are 1-based and count code points. */
  | {
      readonly kind: "syntax_error";
      readonly message: string;
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "too_complex"; readonly message: string };

export interface SnowflakeParser {
  parse(sql: string): SnowflakeParse;
}

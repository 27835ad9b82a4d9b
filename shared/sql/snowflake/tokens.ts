/** What Snowflake's lexical rules make of a text: the tokens, each with where it began. */

export type TokenKind =
  /** Unquoted identifier or keyword: letters, digits, `_` and `$` (not first). */
  | "word"
  /** `"…"`, with `""` undone in `value`. */
  | "quoted"
  /** `'…'` or `$$…$$`, escapes undone in `value`. */
  | "string"
  | "number"
  /** `$1` … `$n`: the contract's parameter. */
  | "parameter"
  | "symbol";

export interface Token {
  readonly kind: TokenKind;
  /** As it means: quotes and escapes undone; words as written. */
  readonly value: string;
  /** Index of the first UTF-16 unit in the text. */
  readonly start: number;
  readonly end: number;
}

export interface LexProblem {
  /** `syntax` is a text that ends too early; `refused` is a character or form that no reading statement needs. */
  readonly kind: "syntax" | "refused";
  readonly message: string;
  readonly at: number;
}

export type LexResult =
  | { readonly ok: true; readonly tokens: readonly Token[] }
  | { readonly ok: false; readonly problem: LexProblem };

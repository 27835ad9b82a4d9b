/** The contract's text ($1 … $n) → Snowflake's (:1 … :n), from tokens: a parameter in a string or a name stays what it is. */
import { AppError } from "../../kernel/app-error.ts";
import { quoteString, writeTokens } from "../../sql/snowflake/canonical.ts";
import { lexSnowflake } from "../../sql/snowflake/lexer.ts";
import type { Token } from "../../sql/snowflake/tokens.ts";

/** @throws AppError sql_syntax, sql_parameters. */
export function toSnowflakeText(sql: string, parameterCount: number): string {
  return writeTokens(checkedTokens(sql, parameterCount), "snowflake").sql;
}

/** The plan of a statement, whether or not the text asks for one already. @throws AppError sql_syntax, sql_parameters. */
export function toExplainText(sql: string, parameterCount: number): string {
  const tokens = checkedTokens(sql, parameterCount);
  return `EXPLAIN USING JSON ${writeTokens(tokens.slice(explainLength(tokens)), "snowflake").sql}`;
}

/** `"DB"."SCHEMA"."TABLE"`: names as they are stored, whatever is in them. */
export function quoteName(...parts: readonly string[]): string {
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}

export { quoteString };

function checkedTokens(sql: string, parameterCount: number): readonly Token[] {
  const lexed = lexSnowflake(sql);
  if (!lexed.ok)
    throw new AppError("sql_syntax", `The statement has ${lexed.problem.message}.`, {
      meta: { at: lexed.problem.at },
    });
  for (const token of lexed.tokens) {
    if (token.kind === "parameter" && Number(token.value) > parameterCount)
      throw new AppError("sql_parameters", `There is no value for $${token.value}.`);
  }
  return lexed.tokens;
}

function explainLength(tokens: readonly Token[]): number {
  const isWord = (at: number, ...words: string[]) =>
    tokens[at]?.kind === "word" && words.includes(tokens[at].value.toUpperCase());
  if (!isWord(0, "EXPLAIN")) return 0;
  return isWord(1, "USING") ? 3 : 1;
}

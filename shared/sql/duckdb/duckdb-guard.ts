/** Decides whether a text is one statement that only reads: DuckDB's own parser and an allow-list over its tree. */
import type { AllowedStatement, GuardVerdict, SqlGuard } from "../ports.ts";
import { distinctInOrder, type StatementFacts } from "../statement-facts.ts";
import { refuse, refusedText } from "../statement-text.ts";
import { type ExplainSplit, splitExplain } from "./explain-prefix.ts";
import { DUCKDB_CATALOGUE_VERSION } from "./functions.generated.ts";
import { judgeStatement } from "./judge-statement.ts";
import type { DuckdbAst, DuckdbParser } from "./ports.ts";
import { sameStatement } from "./same-statement.ts";

/** Raise it with every change of a rule: cached verdicts and answers carry it. */
export const DUCKDB_GUARD_VERSION = "1";

export function createDuckdbGuard(parser: DuckdbParser): SqlGuard {
  return {
    version: `${DUCKDB_GUARD_VERSION}+${DUCKDB_CATALOGUE_VERSION}`,
    check: async (sql) => refusedText(sql) ?? (await checkText(parser, sql)),
  };
}

async function checkText(parser: DuckdbParser, sql: string): Promise<GuardVerdict> {
  const split = splitExplain(sql);
  const outcome = await parser.parse(split.query);
  switch (outcome.kind) {
    case "syntax_error": {
      const { message, line, column } = outcome;
      return { verdict: "syntax_error", message, line, column };
    }
    case "too_complex":
      return refuse("statement_too_complex", outcome.message);
    case "not_a_select":
      return refuse(
        "statement_kind",
        "Only SELECT, DESCRIBE, SUMMARIZE and EXPLAIN of them are allowed; PIVOT needs its values named (ON column IN (…)).",
      );
    case "parsed":
      return checkStatements(parser, outcome.statements, split);
  }
}

async function checkStatements(
  parser: DuckdbParser,
  statements: readonly DuckdbAst[],
  { explain, query }: ExplainSplit,
): Promise<GuardVerdict> {
  const [statement] = statements;
  if (statement === undefined) return refuse("empty_statement", "There is no statement.");
  if (statements.length > 1)
    return refuse(
      "multiple_statements",
      `There are ${statements.length} statements: only one is allowed.`,
    );
  const facts = judgeStatement(statement);
  if (facts.refusals.reasons.length > 0)
    return { verdict: "refuse", reasons: facts.refusals.reasons };
  const text = (await written(parser, statement)) ?? query.trim();
  return allowed(explain ? `EXPLAIN ${text}` : text, facts, explain);
}

/** One text for all ways to write the statement; null where what DuckDB writes does not read as the same. */
async function written(parser: DuckdbParser, statement: DuckdbAst): Promise<string | null> {
  const text = await parser.write(statement).catch(() => null);
  if (text === null) return null;
  const again = await parser.parse(text);
  const faithful =
    again.kind === "parsed" &&
    again.statements.length === 1 &&
    sameStatement(statement, again.statements[0]);
  return faithful ? text : null;
}

function allowed(canonicalSql: string, facts: StatementFacts, explain: boolean): AllowedStatement {
  return {
    verdict: "allow",
    canonicalSql,
    tables: distinctInOrder(facts.tables, ({ schema, name }) => JSON.stringify([schema, name])),
    functions: distinctInOrder(facts.functions, (name) => name),
    parameterCount: facts.parameterCount,
    // A plan follows the sizes of the files, which change while no answer does.
    volatile: facts.changing || explain,
    kind: explain ? "explain" : "select",
  };
}

/** Decides whether a text is one statement that only reads: PostgreSQL's own parser and an allow-list over its tree. */
import { canonicalSqlOf } from "./canonical-sql.ts";
import { judgeExplain } from "./explain-rules.ts";
import { CATALOGUE_VERSION } from "./functions.generated.ts";
import { keepParsed, type ParsedStatement, takeParsed } from "./parsed-statement.ts";
import type {
  AllowedStatement,
  AstNode,
  GuardVerdict,
  ParseOutcome,
  SqlGuard,
  SqlParser,
} from "./ports.ts";
import { createFacts, distinctInOrder, type StatementFacts } from "./statement-facts.ts";
import { statementName } from "./statement-names.ts";
import { refuse, refusedText } from "./statement-text.ts";
import { walkStatement } from "./walk-statement.ts";

/** Raise it with every change of a rule: cached verdicts and answers carry it. */
export const GUARD_VERSION = "3";

/** Judges at once: the parser is in this process. */
export interface PostgresGuard extends SqlGuard {
  check(sql: string): GuardVerdict;
}

/** `parser` speaks PostgreSQL's grammar with standard_conforming_strings on; the source adapter pins that setting. */
export function createSqlGuard(parser: SqlParser): PostgresGuard {
  return {
    version: `${GUARD_VERSION}+${CATALOGUE_VERSION}`,
    check: (sql) => refusedText(sql) ?? checkParsed(parser, sql),
  };
}

function checkParsed(parser: SqlParser, sql: string): GuardVerdict {
  const outcome = parser.parse(sql);
  switch (outcome.kind) {
    case "syntax_error": {
      const { message, line, column } = outcome;
      return { verdict: "syntax_error", message, line, column };
    }
    case "too_complex":
      return refuse("statement_too_complex", outcome.message);
    case "parsed":
      return checkStatements(parser, sql, outcome);
  }
}

function checkStatements(
  parser: SqlParser,
  sql: string,
  { statements, text }: Extract<ParseOutcome, { kind: "parsed" }>,
): GuardVerdict {
  const [statement] = statements;
  if (statement === undefined) return refuse("empty_statement", "There is no statement.");
  const facts = createFacts();
  if (statements.length > 1) {
    facts.refusals.add(
      "multiple_statements",
      `There are ${statements.length} statements: only one is allowed.`,
    );
  }
  const kinds = statements.map((each) => judgeStatement(each, facts));
  if (facts.refusals.reasons.length > 0)
    return { verdict: "refuse", reasons: facts.refusals.reasons };
  return allowed(parser, { sql, statement, text }, facts, kinds[0] ?? "select");
}

function judgeStatement(statement: AstNode, facts: StatementFacts): "select" | "explain" {
  const type = Object.keys(statement)[0] ?? "";
  if (type === "SelectStmt") {
    walkStatement(statement, facts);
    return "select";
  }
  if (type !== "ExplainStmt") {
    facts.refusals.add(
      "statement_kind",
      `${statementName(type)} is not allowed: only SELECT and EXPLAIN are.`,
    );
    return "select";
  }
  const query = judgeExplain(statement.ExplainStmt as object, facts.refusals);
  if (query !== null) walkStatement(query, facts);
  // A plan follows the planner's statistics, which change while no table does.
  facts.changing = true;
  return "explain";
}

function allowed(
  parser: SqlParser,
  parsed: ParsedStatement,
  facts: StatementFacts,
  kind: "select" | "explain",
): AllowedStatement {
  // Lazy, because only the cache asks for it and writing it costs more than judging; the tree is let go afterwards.
  const { sql } = parsed;
  let tree: AstNode | null = parsed.statement;
  let canonical = "";
  const verdict: AllowedStatement = {
    verdict: "allow",
    get canonicalSql() {
      if (tree !== null) {
        canonical = canonicalSqlOf(parser, tree, sql);
        tree = null;
        takeParsed(verdict, sql);
      }
      return canonical;
    },
    tables: distinctInOrder(facts.tables, ({ schema, name }) => JSON.stringify([schema, name])),
    functions: distinctInOrder(facts.functions, (name) => name),
    attributes: [...facts.attributes],
    parameterCount: facts.parameterCount,
    volatile: facts.changing,
    kind,
  };
  keepParsed(verdict, parsed);
  return verdict;
}

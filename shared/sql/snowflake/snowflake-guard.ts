/**
 * Decides whether a text is one Snowflake statement that only reads. Snowflake publishes no parser, so that there are
 * several lines: an exact lexer, one form of writing that leaves nothing to interpret, a grammar, an allow-list over its
 * whole tree, and a check that lexer and grammar read the same (docs/decisions/0009).
 */
import type { AllowedStatement, GuardVerdict, SqlGuard } from "../ports.ts";
import { createRefusals } from "../refusals.ts";
import { refuse, refusedText } from "../statement-text.ts";
import { disagreement } from "./agreement.ts";
import { type Written, writeTokens } from "./canonical.ts";
import { FUNCTIONS_VERSION } from "./functions.ts";
import { lexSnowflake } from "./lexer.ts";
import type { SnowflakeParser } from "./ports.ts";
import { type Facts, RULES, type TablePlace, VALUE_RULES } from "./rules.ts";
import { createScopes, NO_NAMES, type Scope } from "./scopes.ts";
import { tokenProblem } from "./token-rules.ts";
import type { LexProblem, Token } from "./tokens.ts";
import { type Fields, walkTree } from "./walk.ts";

/** Raise it with every change of a rule: cached verdicts and answers carry it. */
export const SNOWFLAKE_GUARD_VERSION = "2";

export interface SnowflakeGuard extends SqlGuard {
  check(sql: string): GuardVerdict;
}

export function createSnowflakeGuard(parser: SnowflakeParser): SnowflakeGuard {
  return {
    version: `snowflake-${SNOWFLAKE_GUARD_VERSION}+${FUNCTIONS_VERSION}`,
    check: (sql) => {
      const judged = judgeSnowflake(parser, sql);
      return "verdict" in judged ? judged : allowed(judged);
    },
  };
}

/** A statement that may run, with what a policy needs to write another one from it. */
export interface JudgedStatement {
  readonly kind: "select" | "explain";
  /** Of the query itself, without an EXPLAIN before it. */
  readonly tokens: readonly Token[];
  readonly prefix: string;
  readonly written: Written;
  readonly places: readonly TablePlace[];
  readonly functions: readonly string[];
  readonly parameterCount: number;
  readonly changing: boolean;
}

export function judgeSnowflake(
  parser: SnowflakeParser,
  sql: string,
): JudgedStatement | GuardVerdict {
  const refused = refusedText(sql);
  if (refused !== null) return refused;
  const lexed = lexSnowflake(sql);
  if (!lexed.ok) return lexVerdict(sql, lexed.problem);
  const problem = tokenProblem(lexed.tokens);
  if (problem !== null) return { verdict: "refuse", reasons: [problem] };
  const prefix = explainPrefix(lexed.tokens);
  if (prefix === null)
    return refuse(
      "explain_option",
      "EXPLAIN is written alone or with USING JSON, TEXT or TABULAR.",
    );
  return judgeQuery(parser, sql, lexed.tokens.slice(prefix.length), prefix.text);
}

function judgeQuery(
  parser: SnowflakeParser,
  sql: string,
  tokens: readonly Token[],
  prefix: string,
): JudgedStatement | GuardVerdict {
  const inner = tokenProblem(tokens);
  if (inner !== null) return { verdict: "refuse", reasons: [inner] };
  const written = writeTokens(tokens);
  const outcome = parser.parse(written.sql);
  if (outcome.kind === "too_complex") return refuse("statement_too_complex", outcome.message);
  if (outcome.kind === "syntax_error")
    return {
      verdict: "syntax_error",
      message: outcome.message,
      ...placeOf(sql, tokens, written, outcome.column),
    };
  const [statement, ...more] = outcome.statements;
  if (statement === undefined || more.length > 0)
    return refuse("multiple_statements", "There must be one statement.");
  const facts = readFacts(statement);
  const difference =
    facts.refusals.reasons.length === 0 ? disagreement(tokens, written, facts) : null;
  if (difference !== null)
    facts.refusals.add(
      "syntax_not_allowed",
      `The statement can be read in two ways: ${difference} are not clear.`,
    );
  if (facts.refusals.reasons.length > 0)
    return { verdict: "refuse", reasons: facts.refusals.reasons };
  return {
    kind: prefix === "" ? "select" : "explain",
    tokens,
    prefix,
    written,
    places: facts.places,
    functions: facts.functions,
    parameterCount: Math.max(0, ...facts.parameters.map((text) => Number(text.slice(1)))),
    changing: facts.changing,
  };
}

function readFacts(statement: unknown): Facts {
  const facts: Facts = {
    refusals: createRefusals(),
    places: [],
    functions: [],
    idents: [],
    strings: [],
    quotedKeys: [],
    parameters: [],
    changing: false,
  };
  const scopes = createScopes();
  const known = new WeakSet<object>();
  walkTree<Scope>(statement, NO_NAMES, {
    enter: (type, node, scope) => {
      const inner = scopes.enter(type, node, scope);
      if (typeof node === "object" && node !== null)
        RULES[type]?.(node as Fields, facts, inner, known);
      VALUE_RULES[type]?.(node, facts);
      return inner;
    },
    unknown: (where) => refuseForm(facts, where),
  });
  return facts;
}

/** `Statement.Insert` → "INSERT is not allowed"; `Select.into` → "this form of SELECT". */
function refuseForm(facts: Facts, where: string): void {
  const [type = "", part = "", field = ""] = where.split(".");
  if (type === "Statement")
    facts.refusals.add(
      "statement_kind",
      `${part.toUpperCase()} is not allowed: only SELECT and EXPLAIN are.`,
    );
  else if (where === "TableFactor.Table.version")
    facts.refusals.add(
      "time_travel",
      "AT, BEFORE and CHANGES are not allowed: tables are read as they are.",
    );
  else
    facts.refusals.add(
      "syntax_not_allowed",
      `This form of ${type} is not allowed (${field || part || type}).`,
    );
}

function allowed(judged: JudgedStatement): AllowedStatement {
  const tables = new Map(
    judged.places.map(({ table }) => [JSON.stringify([table.schema, table.name]), table]),
  );
  return {
    verdict: "allow",
    canonicalSql: judged.prefix + judged.written.sql,
    tables: [...tables.values()],
    functions: [...new Set(judged.functions)],
    parameterCount: judged.parameterCount,
    // A plan follows the optimizer's statistics, which change while no table does.
    volatile: judged.changing || judged.kind === "explain",
    kind: judged.kind,
  };
}

function lexVerdict(sql: string, { kind, message, at }: LexProblem): GuardVerdict {
  if (kind === "syntax") return { verdict: "syntax_error", message, ...lineAndColumn(sql, at) };
  const rule = message === "more than one statement" ? "multiple_statements" : "syntax_not_allowed";
  return refuse(rule, `The statement has ${message}, which is not allowed.`);
}

const PLAN_FORMS: ReadonlySet<string> = new Set(["JSON", "TEXT", "TABULAR"]);

function explainPrefix(tokens: readonly Token[]): { length: number; text: string } | null {
  const word = (at: number) => (tokens[at]?.kind === "word" ? tokens[at].value.toUpperCase() : "");
  if (word(0) !== "EXPLAIN") return { length: 0, text: "" };
  if (word(1) !== "USING") return { length: 1, text: "EXPLAIN " };
  return PLAN_FORMS.has(word(2)) ? { length: 3, text: `EXPLAIN USING ${word(2)} ` } : null;
}

/** A place in the canonical text → the place in the caller's. */
function placeOf(sql: string, tokens: readonly Token[], written: Written, column: number) {
  let at = 0;
  while (at + 1 < tokens.length && (written.columns[at + 1] ?? 0) <= column) at++;
  return lineAndColumn(sql, tokens[at]?.start ?? 0);
}

function lineAndColumn(sql: string, at: number): { line: number; column: number } {
  const lines = sql.slice(0, at).split("\n");
  return { line: lines.length, column: [...(lines.at(-1) ?? "")].length + 1 };
}

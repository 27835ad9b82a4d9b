/** What is refused by the tokens alone, before any grammar is asked. */
import type { Token } from "./tokens.ts";

export interface TokenProblem {
  readonly rule: string;
  readonly message: string;
}

/** Above it the parser's stack does not hold (measured: 700 operators in a row pass, 1,000 do not). */
const LONGEST_CHAIN = 400;
const MAX_TOKENS = 30_000;

export function tokenProblem(tokens: readonly Token[]): TokenProblem | null {
  if (tokens.length === 0) return { rule: "empty_statement", message: "There is no statement." };
  if (tokens.length > MAX_TOKENS || longestChain(tokens) > LONGEST_CHAIN)
    return {
      rule: "statement_too_complex",
      message: "The statement chains too many operators, or is too long.",
    };
  return firstWord(tokens) ?? misplacedParameter(tokens);
}

function firstWord([first]: readonly Token[]): TokenProblem | null {
  const open = first?.kind === "symbol" && first.value === "(";
  const word = first?.kind === "word" ? first.value.toUpperCase() : "";
  if (open || word === "SELECT" || word === "WITH" || word === "EXPLAIN") return null;
  const shown = first?.value.slice(0, 40).toUpperCase() ?? "";
  return {
    rule: "statement_kind",
    message: `${shown} is not allowed: only SELECT, WITH and EXPLAIN are.`,
  };
}

/** `v:$1` would be read as a path, `t.$1` as the first column of a file. */
function misplacedParameter(tokens: readonly Token[]): TokenProblem | null {
  const wrong = tokens.find((token, i) => {
    const before = tokens[i - 1];
    return (
      token.kind === "parameter" &&
      before?.kind === "symbol" &&
      [".", ":", "::"].includes(before.value)
    );
  });
  return wrong
    ? { rule: "syntax_not_allowed", message: `The parameter $${wrong.value} is not a value there.` }
    : null;
}

const OPENING: ReadonlySet<string> = new Set(["(", "[", "{"]);
const CLOSING: ReadonlySet<string> = new Set([")", "]", "}"]);

/** The most tokens between two commas, brackets inside counted along: how deep the tree can be at most. */
export function longestChain(tokens: readonly Token[]): number {
  const outer: number[] = [];
  let [base, current, longest] = [0, 0, 0];
  for (const { kind, value } of tokens) {
    if (kind === "symbol" && OPENING.has(value)) {
      outer.push(base, current);
      base = current;
    } else if (kind === "symbol" && CLOSING.has(value)) {
      current = outer.pop() ?? 0;
      base = outer.pop() ?? 0;
    } else if (kind === "symbol" && value === ",") current = base;
    else if (isChaining(kind, value)) current++;
    longest = Math.max(longest, current);
  }
  return longest;
}

const CHAINING_WORDS: ReadonlySet<string> = new Set([
  "AND",
  "OR",
  "NOT",
  "IS",
  "IN",
  "LIKE",
  "ILIKE",
  "RLIKE",
  "REGEXP",
  "BETWEEN",
  "COLLATE",
  "PRIOR",
  "SIMILAR",
]);

function isChaining(kind: Token["kind"], value: string): boolean {
  return kind === "symbol"
    ? value !== "."
    : kind === "word" && CHAINING_WORDS.has(value.toUpperCase());
}

/** The tree that a verdict was judged by, kept for whoever rewrites the same statement next: parsing is half the work. */
import type { AllowedStatement, AstNode } from "./ports.ts";

export interface ParsedStatement {
  readonly sql: string;
  readonly statement: AstNode;
  /** See ParseOutcome. */
  readonly text: string;
}

/** Beside the verdicts and not in them, because a tree is far larger than its text and verdicts are remembered. */
const kept = new WeakMap<AllowedStatement, ParsedStatement>();

export function keepParsed(verdict: AllowedStatement, parsed: ParsedStatement): void {
  kept.set(verdict, parsed);
}

/** Given once, then let go; null where it was taken before or is of another text. */
export function takeParsed(verdict: AllowedStatement, sql: string): ParsedStatement | null {
  const parsed = kept.get(verdict);
  kept.delete(verdict);
  return parsed?.sql === sql ? parsed : null;
}

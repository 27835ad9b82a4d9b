/** What every dialect's guard refuses of a text, without looking at its grammar. */
import type { GuardVerdict } from "./ports.ts";

/** Far above any statement people write; it bounds what parsing one can cost (measured: about 0.4 seconds). */
export const MAX_STATEMENT_BYTES = 256 * 1024;

/** A refusal for one reason. */
export function refuse(rule: string, message: string): GuardVerdict {
  return { verdict: "refuse", reasons: [{ rule, message }] };
}

/** Null where the grammar is to be asked. */
export function refusedText(sql: string): GuardVerdict | null {
  // A UTF-16 unit makes at most three bytes, so most texts need not be counted.
  if (sql.length * 3 > MAX_STATEMENT_BYTES && Buffer.byteLength(sql) > MAX_STATEMENT_BYTES)
    return refuse(
      "statement_too_long",
      `The statement is longer than ${MAX_STATEMENT_BYTES / 1024} KiB.`,
    );
  // C ends a string there: the parser would judge less than the server runs.
  if (sql.includes("\0")) return refuse("invalid_text", "The statement contains a NUL character.");
  // Half a surrogate pair has no UTF-8 form: what is sent would differ from what was judged.
  if (!sql.isWellFormed())
    return refuse("invalid_text", "The statement is not valid Unicode text.");
  return null;
}

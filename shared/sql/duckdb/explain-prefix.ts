/** Cuts EXPLAIN off the front of a statement, since DuckDB serialises only what is explained. */

export interface ExplainSplit {
  readonly explain: boolean;
  /** What is left, at its old place in the text: what was cut is blank, so that errors name the right line and column. */
  readonly query: string;
}

/** White space and comments, then the word alone. `EXPLAIN ANALYZE` runs the query: what is left of it is no SELECT. */
const EXPLAIN = /^(?:\s|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*explain(?![\w$])/i;

export function splitExplain(sql: string): ExplainSplit {
  const found = EXPLAIN.exec(sql)?.[0];
  if (found === undefined) return { explain: false, query: sql };
  return { explain: true, query: found.replace(/[^\n]/gu, " ") + sql.slice(found.length) };
}

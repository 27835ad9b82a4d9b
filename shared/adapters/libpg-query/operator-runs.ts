/** Finds texts on which PostgreSQL's scanner needs quadratic time, before it is given them. */

/**
 * The scanner reads the longest run of operator characters and then puts back what it does not want; a run of
 * 240 000 of them (nested comment openers, or +-+-+-) kept it busy for 45 seconds. Runs shorter than 64 cannot
 * cost more than a few milliseconds in a text of the largest size the guard lets through.
 */
const LONG_RUN = /[~!@#^&|`?+\-*/%<>=]{64,}/g;

/** About 0.2 seconds at the measured 4 ns a step; a banner comment of 200 characters costs 40 000 steps. */
const MAX_STEPS = 50_000_000;

export function scansTooSlowly(sql: string): boolean {
  if (sql.length ** 2 <= MAX_STEPS) return false;
  let steps = 0;
  for (const run of sql.matchAll(LONG_RUN)) steps += run[0].length ** 2;
  return steps > MAX_STEPS;
}

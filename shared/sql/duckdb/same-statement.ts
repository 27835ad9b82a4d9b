/** Whether two serialised statements mean the same: equal but for where things stood in the text. */

const POSITION = "query_location";

/** Iterative, because a statement's depth is the sender's choice. */
export function sameStatement(left: unknown, right: unknown): boolean {
  const pending: [unknown, unknown][] = [[left, right]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [a, b] = pair;
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      if (a !== b) return false;
      continue;
    }
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    for (const name of names)
      if (name !== POSITION)
        pending.push([(a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]]);
  }
  return true;
}

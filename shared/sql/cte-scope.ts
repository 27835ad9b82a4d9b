/** Which WITH names are visible at a point of the statement, by PostgreSQL's rules. */

export interface CteScope {
  readonly names: ReadonlySet<string>;
  readonly outer: CteScope | null;
}

export function isCte(scope: CteScope | null, name: string): boolean {
  for (let at = scope; at !== null; at = at.outer) if (at.names.has(name)) return true;
  return false;
}

export interface WithScopes {
  /** What the query of the n-th CTE sees. */
  readonly perCte: readonly (CteScope | null)[];
  /** What the statement that carries the WITH sees. */
  readonly body: CteScope | null;
}

/** A CTE sees those before it; under RECURSIVE it sees itself and all its siblings. */
export function openWith(
  names: readonly string[],
  recursive: boolean,
  outer: CteScope | null,
): WithScopes {
  const body: CteScope = { names: new Set(names), outer };
  if (recursive) return { perCte: names.map(() => body), body };
  const perCte: (CteScope | null)[] = [];
  let before: CteScope | null = outer;
  for (const name of names) {
    perCte.push(before);
    before = { names: new Set([name]), outer: before };
  }
  return { perCte, body };
}

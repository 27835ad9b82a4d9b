/** Which names mean a query of the statement's own WITH, and not a table, at each place of the tree. */
import type { Fields } from "./walk.ts";

export interface Scope {
  /** As Snowflake stores them: upper case unless quoted. */
  readonly names: ReadonlySet<string>;
}

export const NO_NAMES: Scope = { names: new Set() };

export interface Scopes {
  /** Called for every node before its children; gives the scope of the children. */
  enter(type: string, node: unknown, scope: Scope): Scope;
}

/** `name` as it is stored. */
export function storedName(ident: Fields): string {
  const value = String(ident.value ?? "");
  return ident.quote_style === '"' ? value : value.toUpperCase();
}

/**
 * A WITH query sees those before it. Itself it sees only in the last branch of a UNION ALL under WITH RECURSIVE: in any
 * other place its own name is taken for a table's, so that no WITH hides the reading of a table of the same name.
 */
export function createScopes(): Scopes {
  const prepared = new WeakMap<object, Scope>();
  const prepareWith = (query: Fields, scope: Scope): Scope => {
    const clause = query.with as
      | { recursive?: boolean; cte_tables?: readonly Fields[] }
      | undefined;
    let names = scope.names;
    for (const cte of clause?.cte_tables ?? []) {
      prepared.set(cte, { names });
      const name = storedName(((cte.alias as Fields | undefined)?.name ?? {}) as Fields);
      if (clause?.recursive === true) {
        const branch = lastBranch(cte.query as Fields | undefined);
        if (branch !== null) prepared.set(branch, { names: new Set([...names, name]) });
      }
      names = new Set([...names, name]);
    }
    return { names };
  };
  return {
    enter(type, node, scope) {
      if (typeof node !== "object" || node === null) return scope;
      const own = prepared.get(node);
      // A branch may lie inside other WITH queries' names, which its own do not take away.
      const base = own === undefined ? scope : { names: new Set([...scope.names, ...own.names]) };
      return type === "Query"
        ? prepareWith(node as Fields, base)
        : type === "Cte"
          ? (own ?? scope)
          : base;
    },
  };
}

/** The second half of the query's own UNION, as the value that the walk meets. */
function lastBranch(query: Fields | undefined): object | null {
  const operation = (query?.body as { SetOperation?: Fields } | undefined)?.SetOperation;
  const right = operation?.op === "Union" ? (operation.right as Fields | undefined) : undefined;
  const branch = right === undefined ? undefined : Object.values(right)[0];
  return typeof branch === "object" ? (branch as object | null) : null;
}

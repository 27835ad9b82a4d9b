/** What the walk writes down about a statement while it reads every node. */
import type { TableName } from "./ports.ts";
import { createRefusals, type Refusals } from "./refusals.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Located<T> {
  /** Where in the text it stands, so that lists come out in order of appearance. */
  readonly at: number;
  readonly value: T;
}

export interface StatementFacts {
  readonly refusals: Refusals;
  readonly tables: Located<TableName>[];
  readonly functions: Located<string>[];
  readonly attributes: Set<string>;
  parameterCount: number;
  /** See AllowedStatement.volatile. */
  changing: boolean;
}

export function createFacts(): StatementFacts {
  return {
    refusals: createRefusals(),
    tables: [],
    functions: [],
    attributes: new Set(),
    parameterCount: 0,
    changing: false,
  };
}

/** In order of appearance, without repeats. */
export function distinctInOrder<T>(found: readonly Located<T>[], key: (value: T) => string): T[] {
  const first = new Map<string, T>();
  for (const { value } of [...found].sort((a, b) => a.at - b.at)) {
    if (!first.has(key(value))) first.set(key(value), value);
  }
  return [...first.values()];
}

export function locationOf(node: Fields): number {
  return typeof node.location === "number" ? node.location : 0;
}

/** The strings of a list of String nodes; anything else in the list (`*`) is left out. */
export function stringsOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  const strings: string[] = [];
  for (const item of list as readonly { readonly String?: { readonly sval?: string } }[]) {
    if (item.String !== undefined) strings.push(item.String.sval ?? "");
  }
  return strings;
}

/** A possibly qualified name, cut in two; null where there are more parts than schema and name. */
export function qualifiedName(list: unknown): { schema: string | null; name: string } | null {
  const parts = stringsOf(list);
  const name = parts.at(-1);
  if (name === undefined || parts.length > 2) return null;
  return { schema: parts.length === 2 ? (parts[0] ?? null) : null, name };
}

/** The text of a string literal, or null for any other expression. */
export function literalText(node: unknown): string | null {
  const constant = (
    node as { readonly A_Const?: { readonly sval?: { readonly sval?: string } } } | undefined
  )?.A_Const;
  return constant?.sval === undefined ? null : (constant.sval.sval ?? "");
}

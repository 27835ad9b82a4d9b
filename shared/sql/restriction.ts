/** What the parts of the rewriting share: what the caller may see, what was found so far, and each other. */
import type { Columns, NameScope } from "./name-scope.ts";
import type { AstNode, RelationView, RelationViews, TableName } from "./ports.ts";
import { type Refusals, shown } from "./refusals.ts";
import type { Edit } from "./splice-text.ts";
import type { WrittenName, WrittenQuery } from "./tree-text.ts";

/** A node's fields, of a tree that this room parsed itself: they are changed by `put` alone. */
export type Node = Record<string, unknown>;

/** The query that stands for a relation. */
export interface ShownView {
  /** Shared by many trees: not to be changed. */
  readonly query: Node;
  readonly written: WrittenQuery;
}

/** A WITH query, worked on when it is first named: a recursive list may name what comes later. */
export interface Cte {
  readonly node: Node;
  readonly env: Env;
  state: "waiting" | "running" | "done";
  columns: Columns;
}

export interface CteEnv {
  readonly entries: ReadonlyMap<string, Cte>;
  readonly outer: CteEnv | null;
}

/** What can be named at a point of the statement. */
export interface Env {
  readonly names: NameScope | null;
  readonly ctes: CteEnv | null;
}

/** `output`: under a column of the result. `condition`: where a value decides something. */
export type Use = "output" | "condition";

export interface FromPart {
  /** What is to stand in FROM. */
  readonly node: AstNode;
  /** What `*` gives. */
  readonly columns: Columns;
  /** False where columns are missing that a NATURAL JOIN would compare. */
  readonly complete: boolean;
  /** See Item. */
  readonly withheld: string | null;
}

/** The parts call each other through this, because a query holds expressions and an expression queries. */
export interface Restriction {
  readonly views: RelationViews;
  readonly refusals: Refusals;
  missing: TableName | null;
  volatile: boolean;
  /** A relation with rows or values kept back was named. */
  narrowed: boolean;
  /** What the rewriting changes in the text; null where a part cannot be told by its place. */
  edits: Edit[] | null;
  /** What stands for the relation, made once for each view. @throws where it cannot be written. */
  shown(view: RelationView): ShownView;
  /** The relation's name with its schema. */
  named(view: RelationView): WrittenName;
  /** Changes a field for as long as the statement is worked on: the tree is given back as it was. */
  put(node: Node, field: string, value: unknown): void;
  /** The number of the parameter that carries this value. */
  bind(name: string): number;
  /** `onFirst` is told the columns of the first arm of a UNION before the second is looked at. */
  select(select: Node, env: Env, onFirst?: (columns: Columns) => void): Columns;
  expression(node: unknown, env: Env, use: Use): void;
  /** Adds the names to `scope` as it goes, so that what is LATERAL sees those before it. */
  from(node: AstNode, env: Env, scope: NameScope): FromPart;
}

export function findCte(env: CteEnv | null, name: string): Cte | null {
  for (let at = env; at !== null; at = at.outer) {
    const found = at.entries.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

export function refuseGuarded(r: Restriction, column: string | null): void {
  if (column !== null)
    r.refusals.add(
      "masked_column",
      `The column ${column} is masked for you: it may be selected as it is, and used in no expression, condition, join, group or order.`,
    );
}

export function refuseWithheld(r: Restriction, table: string | null): void {
  if (table !== null)
    r.refusals.add(
      "hidden_columns",
      `${shown(table)} has columns that you may not read, so its rows cannot be had whole: name the columns you want.`,
    );
}

export const listOf = (value: unknown): AstNode[] =>
  Array.isArray(value) ? (value as AstNode[]) : [];

export const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

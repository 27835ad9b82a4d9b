/** What is asked, and what may be said of its values. */
import type { Token } from "../tokens.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import type { NameLinks } from "./link-names.ts";
import type { GrammarWord } from "./vocabulary.ts";
import { wordKey } from "./words.ts";

/** A comparison that is being written. Positions in the graph. */
export interface Comparison {
  readonly operator: GrammarWord;
  /** Absent where something is made of it. */
  readonly column: number | undefined;
  readonly isCount: boolean;
  /** Of the query. */
  readonly tables: readonly number[];
}

/** What a question says is done with one of its values. */
export interface SaidOfValue {
  agrees(comparison: Comparison): boolean;
  /** Whether it may say how many rows there are to be. */
  readonly mayLimit: boolean;
  /** How a text holds it, in whatever way a program may compare the two. */
  readonly part?: "contains" | "starts" | "ends";
  /** Columns where it may be meant as it is. */
  readonly whole?: ReadonlySet<number>;
}

/** Of the reading of a question. */
export interface Asked {
  readonly tokens: readonly Token[];
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  readonly links: NameLinks;
}

/** In small letters, each word with a space after it. */
export function inSmallLetters(tokens: readonly Token[]): string {
  return tokens.map(({ lower }) => `${lower} `).join("");
}

/** Whether a name of the schema has the word. */
export function isNamed(word: string, { columns, tables }: SchemaGraph): boolean {
  const key = wordKey(word);
  return [...columns, ...tables].some(({ words }) => words.some((one) => wordKey(one) === key));
}

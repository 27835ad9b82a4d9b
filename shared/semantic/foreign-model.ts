/** What the readers of other products' models have in common: entries with the place they came from, and identifiers put in their place. */
import type { z } from "zod";
import type { SemanticModel } from "../contract/semantic-model.ts";
import type { FieldError } from "../kernel/app-error.ts";

type Written = z.input<typeof SemanticModel>;
type List = "tables" | "relationships" | "metrics" | "filters";

/** A question that somebody verified, with its SQL. */
export interface ForeignExample {
  readonly question: string;
  readonly sql: string;
}

export interface Converted {
  readonly model: Written;
  /** Per list of the model, where in the document each entry stood. */
  readonly origins: Readonly<Record<List, readonly string[]>>;
  readonly examples: readonly ForeignExample[];
  readonly skipped: readonly FieldError[];
}

export interface Collecting extends Converted {
  readonly origins: Readonly<Record<List, string[]>>;
  readonly examples: ForeignExample[];
  readonly skipped: FieldError[];
}

export const startConversion = (): Collecting => ({
  model: { tables: [], relationships: [], metrics: [], filters: [] },
  origins: { tables: [], relationships: [], metrics: [], filters: [] },
  examples: [],
  skipped: [],
});

export function collectEntry<L extends List>(
  into: Collecting,
  list: L,
  entry: NonNullable<Written[L]>[number],
  origin: string,
): void {
  (into.model[list] as unknown[]).push(entry);
  into.origins[list].push(origin);
}

export type Fields = Readonly<Record<string, unknown>>;

export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

export const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.map(fieldsOf) : [];

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

export const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []) : [];

/** A table as the other product names it, and as our model does. */
export interface ForeignTable {
  readonly name: string;
  readonly physical: string;
  /** Logical name, lower case → what stands for it in SQL. */
  readonly columns: ReadonlyMap<string, string>;
}

/** Those that could be read, by their logical name in lower case. */
export function readTables(
  into: Collecting,
  document: Fields,
  list: string,
  read: (into: Collecting, table: Fields, pointer: string) => ForeignTable | null,
): ReadonlyMap<string, ForeignTable> {
  const tables = new Map<string, ForeignTable>();
  listOf(document[list]).forEach((entry, at) => {
    const table = read(into, entry, `/${list}/${at}`);
    if (table !== null) tables.set(table.name.toLowerCase(), table);
  });
  return tables;
}

export const qualified = (schema: string | undefined, table: string): string =>
  schema === undefined ? table : `${schema}.${table}`;

/** A description, where there is one, as long as ours may be. */
export function describe(description: unknown): { description?: string } {
  const text = textOf(description);
  return text === undefined ? {} : { description: text.slice(0, 2_000) };
}

/** A bare or quoted name, and nothing else. */
export function plainName(expression: string): string | undefined {
  const name = /^\s*(?:[A-Za-z_]\w*\s*\.\s*)?(?:"([^"]+)"|([A-Za-z_]\w*))\s*$/.exec(expression);
  return name?.[1] ?? name?.[2];
}

const WORDS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_]\w*(?:\s*\.\s*(?:"(?:[^"]|"")*"|[A-Za-z_]\w*))?/g;

/** Logical names → what they stand for; a qualifier that is the logical table falls away. Strings stay as they are. */
export function physicalSql(
  expression: string,
  table: string,
  columns: ReadonlyMap<string, string>,
): string {
  return expression.replace(WORDS, (word) => {
    if (word.startsWith("'")) return word;
    const [first = "", second] = word.split(/\s*\.\s*/);
    const own = second !== undefined && first.toLowerCase() === table.toLowerCase();
    const name = own ? second : word;
    return columns.get(name.replaceAll('"', "").toLowerCase()) ?? name;
  });
}

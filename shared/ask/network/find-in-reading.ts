/** Where the tables, columns and values that the rules speak of stand in the network's reading of the same question. */
import type { TableInfo } from "../../sources/ports.ts";
import { columnAt } from "../column-kinds.ts";
import type { ColumnRef } from "../ir.ts";
import type { Period } from "../periods.ts";
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";

/** What the language of programs, or this reading of the question, has no words for. */
export class Inexpressible extends Error {}

export interface Finder {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** Those of the schema, which the graph may be a part of. */
  readonly tables: readonly TableInfo[];
}

/** @throws Inexpressible where the graph was narrowed to other tables. */
export function findTable(table: number, { graph, tables }: Finder): number {
  const at = graph.tables.findIndex((one) => one.info === tables[table]);
  if (at < 0) {
    throw new Inexpressible("a table that the graph was narrowed by");
  }
  return at;
}

/** @throws Inexpressible where the graph was narrowed to other columns. */
export function findColumn(ref: ColumnRef, finder: Finder): number {
  const { graph, tables } = finder;
  const info = columnAt(tables, ref);
  const own = graph.tables[findTable(ref.table, finder)]?.columns ?? [];
  const at = own.find((one) => graph.columns[one]?.info === info);
  if (at === undefined) {
    throw new Inexpressible("a column that the graph was narrowed by");
  }
  return at;
}

/** @throws Inexpressible */
export function findNamed(table: number, name: string | undefined, finder: Finder): number {
  const columns = finder.tables[table]?.columns ?? [];
  return findColumn({ table, column: columns.findIndex((one) => one.name === name) }, finder);
}

/** @throws Inexpressible where the question does not say the number as such. */
export function findNumber(value: number, { candidates }: Finder): number {
  return position(
    candidates.findIndex((one) => isCount(one) && Number(one.text) === value),
    `the number ${value}`,
  );
}

function isCount({ kind }: ValueCandidate): boolean {
  return kind === "number" || kind === "one";
}

/** What is there without being said: yes is written as one. */
export function findYes({ candidates }: Finder): number {
  return position(
    candidates.findIndex((one) => one.kind === "one"),
    "yes",
  );
}

/** @throws Inexpressible where the question says the value in other words only. @param column Position in the graph. */
export function findText(value: string, column: number, { candidates }: Finder): number {
  const stored = candidates.findIndex((one) => one.stored.get(column) === value);
  const said = candidates.findIndex(
    (one) =>
      one.kind !== "period" &&
      !one.stored.has(column) &&
      one.text.toLowerCase() === value.toLowerCase(),
  );
  return position(stored >= 0 ? stored : said, "a value in other words");
}

/** @throws Inexpressible where the other reader found another span of time. */
export function findPeriod({ from, to }: Period, { candidates }: Finder): number {
  return position(
    candidates.findIndex(
      (one) => one.period?.from === from && one.period?.to === to && one.kind === "period",
    ),
    "a period",
  );
}

function position(at: number, what: string): number {
  if (at < 0) {
    throw new Inexpressible(what);
  }
  return at;
}

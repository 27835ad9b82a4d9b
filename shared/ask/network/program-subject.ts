/** What the rows of a program are: of the tables it joins, the one that a person would say it is about. */
import type { SchemaGraph } from "./graph.ts";
import { type Item, isFigure, type Program, type Term } from "./program.ts";

/** Undefined where no table stands out. */
export function subjectOf(program: Program, graph: SchemaGraph): number | undefined {
  const { tables, select } = program;
  if (tables.length < 2) {
    return tables[0];
  }
  if (select.some(isFigure) || program.group.length > 0) {
    return countedKey(select, graph) ?? referring(tables, graph);
  }
  const shown = new Set(
    select.map((item) =>
      item.kind === "term" && item.term.column !== "*"
        ? graph.columns[item.term.column]?.table
        : undefined,
    ),
  );
  const [only] = shown;
  return shown.size === 1 ? only : undefined;
}

/** Joined rows are those of the table that refers to the others and that none of them refers to. */
function referring(tables: readonly number[], { keys }: SchemaGraph): number | undefined {
  const roots = tables.filter(
    (table) =>
      !keys.some(
        (key) => key.parent === table && key.child !== table && tables.includes(key.child),
      ),
  );
  return roots.length === 1 ? roots[0] : undefined;
}

function countedKey(select: readonly Item[], graph: SchemaGraph): number | undefined {
  const tables = select.flatMap((item) => {
    const table = item.kind === "term" ? tableCounted(item.term, graph) : undefined;
    return table === undefined ? [] : [table];
  });
  return tables.length === 1 ? tables[0] : undefined;
}

/** The table whose different keys are counted, which is to count its rows. */
export function tableCounted(
  { aggregate, column }: Term,
  { columns, tables }: SchemaGraph,
): number | undefined {
  const node = column === "*" ? undefined : columns[column];
  const isKey = node?.primaryKey === true && tables[node.table]?.info.primaryKey.length === 1;
  return aggregate === "countd" && isKey ? node?.table : undefined;
}

/** Tables that nothing shown, compared or sorted by is of, and that nothing of this one's refers to. */
export function company(program: Program, subject: number, graph: SchemaGraph): readonly number[] {
  const terms: readonly Term[] = [
    ...program.select.flatMap((item) => (item.kind === "term" ? [item.term] : [])),
    ...program.order,
    ...program.where.map((one) => one.condition.term),
  ];
  const named = new Set(
    terms.map(({ column }) => (column === "*" ? undefined : graph.columns[column]?.table)),
  );
  const needed = (table: number): boolean =>
    graph.keys.some((key) => key.child === subject && key.parent === table);
  return program.tables.filter((table) => table !== subject && !named.has(table) && !needed(table));
}

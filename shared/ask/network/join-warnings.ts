/** What a program's joins do to its rows that the question did not ask for: rows counted several times, and rows left out. */

import { inWords } from "../../kernel/identifiers.ts";
import type { GraphKey, SchemaGraph } from "./graph.ts";
import { joinTables, type KeyPreference } from "./join-tables.ts";
import { type JoinTree, joinTree } from "./join-tree.ts";
import { type Item, isFigure, type Program, type Term } from "./program.ts";
import { programsIn } from "./program-parts.ts";
import { columnText, partOf } from "./rival-keys.ts";

interface Joined {
  readonly program: Program;
  readonly graph: SchemaGraph;
  readonly tree: JoinTree;
}

/** In plain English, and from the schema alone. Nothing where every row counts once. */
export function warningsOf(
  program: Program,
  graph: SchemaGraph,
  preference: KeyPreference,
): readonly string[] {
  const shown = new Set(sideBySide(program));
  const found = programsIn(program).flatMap((one) => {
    const joins = joinTables(graph, one.tables, preference);
    const joined = { program: one, graph, tree: joinTree(graph, joins) };
    const stray = joins.slice(1).find(({ key }) => key === undefined);
    return stray === undefined
      ? [
          ...joinedByName(joined),
          ...countedOften(joined),
          // Rows that only a condition looks at are not missed.
          ...(shown.has(one) ? [...orphansLost(joined), ...childlessLost(joined)] : []),
        ]
      : [`No key leads to ${nameOf(graph, stray.table)}: each of its rows meets every other row.`];
  });
  return [...new Set(found)];
}

/** The queries whose rows the answer shows. */
function sideBySide(program: Program): readonly Program[] {
  return [program, ...(program.set === undefined ? [] : sideBySide(program.set.query))];
}

function joinedByName({ graph, tree }: Joined): readonly string[] {
  return tree.keys.flatMap((key) => {
    const [child, parent] = [key.child, key.parent].map((table) => nameOf(graph, table));
    const several = key.shared === true ? `, which several ${parent} may share` : "";
    return key.implied === true
      ? [
          `The source declares no key of ${child} to ${parent}: they are joined by ${columnText(graph, key)}${several}.`,
        ]
      : [];
  });
}

// Rows counted several times

function countedOften(joined: Joined): readonly string[] {
  const { program, graph, tree } = joined;
  const terms = [
    ...program.select.flatMap(figuresOf),
    ...program.having.map((one) => one.condition.term),
    ...program.order,
  ];
  const figures = terms.flatMap((term) => repeatedFigure(term, joined));
  if (tree.keys.length === 0 || !terms.concat(rowsCounted(program)).some(countsRows)) {
    return figures;
  }
  if (tree.finest === undefined) {
    const ends = tree.tables.filter((table) => isLowest(tree, table));
    const names = ends.map((table) => nameOf(graph, table)).join(" and ");
    return [...figures, `Every combination of ${names} is counted.`];
  }
  const finest = nameOf(graph, tree.finest);
  const repeated = onlyCounted(joined, tree.finest).map(
    (table) =>
      `What is counted are ${finest}: ${nameOf(graph, table)} with several of them count several times.`,
  );
  return [...figures, ...repeated];
}

/** A table that others refer from, and none refers to. */
function isLowest({ keys }: JoinTree, table: number): boolean {
  return keys.some((key) => key.child === table) && !keys.some((key) => key.parent === table);
}

function figuresOf(item: Item): readonly Term[] {
  switch (item.kind) {
    case "ratio":
      return [item.over, item.under];
    case "term":
    case "share_of_total":
      return [item.term];
    default:
      return [];
  }
}

/** Shares and counts of rows that meet a condition count rows, as `count(*)` does. */
function rowsCounted({ select }: Program): readonly Term[] {
  return select.some((item) => "condition" in item) ? [{ aggregate: "count", column: "*" }] : [];
}

function countsRows({ aggregate, column }: Term): boolean {
  return aggregate === "count" && column === "*";
}

/** Sums, averages and counts change with every repetition of a row; the highest and the different ones do not. */
function repeatedFigure({ aggregate, column }: Term, joined: Joined): readonly string[] {
  const { graph } = joined;
  const table = column === "*" ? undefined : graph.columns[column]?.table;
  if (table === undefined || column === "*" || !/^(sum|avg|count)$/.test(aggregate ?? "")) {
    return [];
  }
  const [fan] = repeatsOf(table, joined);
  const name = inWords(graph.columns[column]?.info.name ?? "");
  return fan === undefined
    ? []
    : [
        `The ${name} of ${nameOf(graph, table)} with several ${nameOf(graph, fan.child)} counts once for each of them.`,
      ];
}

/** Tables that the program names for nothing but their rows, and whose rows are repeated in what is counted. */
function onlyCounted(joined: Joined, finest: number): readonly number[] {
  const { program, graph, tree } = joined;
  const used = tablesUsed(program, graph);
  const groups = groupsOf(program);
  const apart = [...groups, ...program.where.map((one) => one.condition.term)];
  return program.tables.filter(
    (table) =>
      !used.has(table) &&
      // What lies between two others is there to join them.
      tree.keys.filter((key) => key.child === table || key.parent === table).length === 1 &&
      repeatsOf(table, joined).length > 0 &&
      // Told apart by a third table's rows, each of these meets a row of the finest but once.
      [...tablesOf(apart, graph)].every((one) => one === finest),
  );
}

/** Keys along which a row of the table is met several times. A pair of two kinds of rows is there but once. */
function repeatsOf(table: number, { program, graph, tree }: Joined): readonly GraphKey[] {
  const terms = [...groupsOf(program), ...program.where.map((one) => one.condition.term)];
  const [columns, tables] = [columnsIn(terms), tablesOf(terms, graph)];
  const isSettled = (column: number): boolean =>
    columns.includes(column) ||
    tree.keys.some(
      (key) =>
        key.links.some(([from]) => from === column) &&
        [...tree.side(key.parent, key)].some((one) => tables.has(one)),
    );
  return tree.fansFrom(table).filter((key) => {
    const own = (graph.tables[key.child]?.columns ?? []).filter(
      (at) => graph.columns[at]?.primaryKey === true,
    );
    const others = own.filter((at) => !key.links.some(([from]) => from === at));
    const isPair = own.length > 1 && others.length < own.length;
    return !isPair || !others.every(isSettled);
  });
}

// Rows left out

/** Rows whose key is empty meet nothing: they are missing from what is shown or counted of them. */
function orphansLost(joined: Joined): readonly string[] {
  const { program, graph, tree } = joined;
  const conditions = columnsIn(program.where.map((one) => one.condition.term));
  const filtered = tablesOf(
    program.where.map((one) => one.condition.term),
    graph,
  );
  const best = program.limit !== undefined && program.select.some(isFigure);
  return tree.keys.flatMap((key) => {
    const own = tree.side(key.child, key);
    const others = tree.side(key.parent, key);
    const open = key.links.filter(([from]) => graph.columns[from]?.info.nullable === true);
    const asked =
      conditions.some((column) => key.links.some(([from]) => from === column)) ||
      [...filtered].some((table) => others.has(table));
    const beside = [...tablesOf(termsShown(program), graph)].some((table) => others.has(table));
    const lost = open.length > 0 && !asked && beside && !best && showsRowsOf(own, joined);
    return lost
      ? [`${capital(nameOf(graph, key.child))} without ${oneOf(graph, key)} are left out.`]
      : [];
  });
}

/** Groups are made of the rows there are: who has none is not in the list with a nought. */
function childlessLost(joined: Joined): readonly string[] {
  const { program, graph, tree } = joined;
  const named = groupsOf(program).flatMap(({ column, grain }) =>
    column === "*" || grain !== undefined || !tellsApart(graph, column) ? [] : [column],
  );
  const firstOnly = program.limit !== undefined && program.descending;
  const atLeast = program.having.length > 0 && program.having.every(isAtLeast);
  if (!program.select.some(isFigure) || firstOnly || atLeast) {
    return [];
  }
  return tree.keys.flatMap((key) => {
    const own = tree.side(key.child, key);
    const listed = named.some((column) => graph.columns[column]?.table === key.parent);
    const conditions = tablesOf(
      program.where.map((one) => one.condition.term),
      graph,
    );
    const which = [...conditions].some((table) => own.has(table)) ? "such " : "";
    return listed && tree.fansFrom(key.parent).includes(key) && figuresOver(own, joined)
      ? [
          `${capital(nameOf(graph, key.parent))} without ${which}${nameOf(graph, key.child)} are not listed.`,
        ]
      : [];
  });
}

/** By the number of rows or a figure of theirs: nobody without any would have passed. */
function isAtLeast({ condition }: Program["having"][number]): boolean {
  return condition.operator === ">" || condition.operator === ">=";
}

function showsRowsOf(tables: ReadonlySet<number>, joined: Joined): boolean {
  const plainly = joined.program.select.flatMap((item) =>
    item.kind === "term" && item.term.aggregate === undefined ? [item.term] : [],
  );
  const all = plainly.some((term) => term.column === "*");
  const figures = joined.program.select.some(isFigure);
  return figures
    ? figuresOver(tables, joined)
    : all || [...tablesOf(plainly, joined.graph)].some((table) => tables.has(table));
}

/** Whether anything is computed over the rows of one of the tables. */
function figuresOver(tables: ReadonlySet<number>, { program, graph, tree }: Joined): boolean {
  const terms = [...program.select.flatMap(figuresOf), ...rowsCounted(program)];
  return terms.some((term) =>
    countsRows(term) || (term.column === "*" && term.aggregate === undefined)
      ? tree.finest !== undefined && tables.has(tree.finest)
      : term.aggregate !== undefined && [...tablesOf([term], graph)].some((one) => tables.has(one)),
  );
}

const names = /^(name|title|email|number|no|code)$/;

/** Whether the column stands for the row itself, and not for a kind of rows. */
function tellsApart({ columns, tables }: SchemaGraph, at: number): boolean {
  const column = columns[at];
  const table = tables[column?.table ?? -1];
  return (
    column?.primaryKey === true ||
    names.test(column?.words.at(-1) ?? "") ||
    table?.words.at(-1) === column?.words.at(-1)
  );
}

// What a program uses

function groupsOf({ select, group }: Program): readonly Term[] {
  const shown = select.some(isFigure)
    ? select.flatMap((item) => (item.kind === "term" ? [item.term] : []))
    : [];
  return [...group, ...shown].filter((term) => term.aggregate === undefined);
}

/** Columns shown, grouped or put in order by. */
function termsShown({ select, group, order }: Program): readonly Term[] {
  return [...select.flatMap(figuresOf), ...group, ...order];
}

function tablesUsed(program: Program, graph: SchemaGraph): ReadonlySet<number> {
  const { select, where, having, per } = program;
  const conditions = [
    ...[...where, ...having].map((one) => one.condition),
    ...select.flatMap((item) => ("condition" in item ? [item.condition] : [])),
  ];
  const compared = conditions.flatMap(({ term, operand }) =>
    operand.kind === "column" ? [term, { column: operand.column }] : [term],
  );
  const within = per === undefined ? [] : [{ column: per }];
  return tablesOf([...termsShown(program), ...compared, ...within], graph);
}

function columnsIn(terms: readonly Term[]): readonly number[] {
  return terms.flatMap(({ column }) => (column === "*" ? [] : [column]));
}

function tablesOf(terms: readonly Term[], { columns }: SchemaGraph): ReadonlySet<number> {
  return new Set(columnsIn(terms).map((at) => columns[at]?.table ?? -1));
}

// In words

function oneOf(graph: SchemaGraph, key: GraphKey): string {
  const part = partOf(graph, key);
  if (part === undefined) {
    return `a value in ${columnText(graph, key)}`;
  }
  return `${/^([aeio]|u(?!ni|se))/i.test(part) ? "an" : "a"} ${part}`;
}

function nameOf({ tables }: SchemaGraph, table: number): string {
  return inWords(tables[table]?.info.name ?? "");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

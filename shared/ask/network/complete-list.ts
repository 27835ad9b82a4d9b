/** Columns that a question says in full and a program makes nothing of: what the network leaves out of a long list. */
import { type Item, isFigure, type Program, type Term } from "./program.ts";
import type { QuestionReading } from "./question-network.ts";
import { match, meetsName, relation } from "./relations.ts";
import { usesOf } from "./uses.ts";

/** The program that shows them too, in the order they are said; undefined where it leaves out none. */
export function withListed(program: Program, reading: QuestionReading): Program | undefined {
  const { select, group, set, per } = program;
  if (set !== undefined || per !== undefined || !select.every(showsColumn)) {
    return undefined;
  }
  const missing = missingColumns(program, reading);
  if (missing.length === 0) {
    return undefined;
  }
  const { graph } = reading;
  const terms = missing.map((column): Term => ({ column }));
  const isGrouped = group.length > 0 || select.some(isFigure);
  const tables = new Set(program.tables);
  for (const column of missing) {
    tables.add(graph.columns[column]?.table ?? -1);
  }
  return {
    ...program,
    tables: [...tables].sort((left, right) => left - right),
    select: terms.reduce((items, term) => inPlace(items, term, reading), select),
    group: isGrouped ? [...group, ...terms] : group,
  };
}

function showsColumn(item: Item): boolean {
  return item.kind === "term" && (item.term.column !== "*" || item.term.aggregate !== undefined);
}

function missingColumns(program: Program, reading: QuestionReading): readonly number[] {
  const { graph, tokens } = reading;
  const uses = usesOf(program);
  const used = [
    ...[...uses.columns].map((column) => columnNode(reading, column)),
    ...[...uses.tables].map((table) => columnNode(reading, graph.columns.length) + table),
  ];
  const values = uses.values.flatMap((at) => reading.candidates[at] ?? []);
  const isIdle = (token: number): boolean =>
    !used.some((node) => meetsName(kindOf(reading, token, node))) &&
    !values.some(({ start, end }) => token >= start && token < end);
  const found = tokens.flatMap((_, token) => {
    if (!isIdle(token)) {
      return [];
    }
    const named = graph.columns.flatMap((_column, at) =>
      saysInFull(reading, token, at) && !uses.columns.has(at) ? [at] : [],
    );
    const near = named.filter((at) => uses.tables.has(graph.columns[at]?.table ?? -1));
    const [only, ...others] = near.length > 0 ? near : named;
    return only === undefined || others.length > 0 ? [] : [only];
  });
  return [...new Set(found)];
}

function columnNode({ features }: QuestionReading, column: number): number {
  return features.questions + column;
}

function kindOf({ features }: QuestionReading, token: number, node: number): number {
  return features.relations[token * features.words.length + node] ?? 0;
}

function saysInFull(reading: QuestionReading, token: number, column: number): boolean {
  return (
    kindOf(reading, token, columnNode(reading, column)) === relation.questionColumn + match.whole
  );
}

/** Before the first item that is said after it. */
function inPlace(items: readonly Item[], term: Term, reading: QuestionReading): readonly Item[] {
  const own = firstSaid(term, reading);
  const at = items.findIndex((item) => item.kind === "term" && firstSaid(item.term, reading) > own);
  return at < 0
    ? [...items, { kind: "term", term }]
    : items.toSpliced(at, 0, { kind: "term", term });
}

/** The first word of the question that the column is named by; -1 where none is. Rows are counted behind what is shown. */
function firstSaid({ column }: Term, reading: QuestionReading): number {
  return column === "*"
    ? Number.POSITIVE_INFINITY
    : reading.tokens.findIndex((_, token) =>
        meetsName(kindOf(reading, token, columnNode(reading, column))),
      );
}

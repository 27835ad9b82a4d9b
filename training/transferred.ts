/**
 * Questions carried from one database to another: every name and value the question says is put in the words of a schema
 * whose tables are linked in the same way. The same wording over many names is what teaches to read wording by itself.
 */
import type { ValueCandidate } from "../shared/ask/network/candidates.ts";
import type { GraphColumn, SchemaGraph } from "../shared/ask/network/graph.ts";
import type { NameLinks } from "../shared/ask/network/link-names.ts";
import { type Program, readProgram, writeProgram } from "../shared/ask/network/program.ts";
import { match } from "../shared/ask/network/relations.ts";
import type { Step } from "../shared/ask/network/vocabulary.ts";
import { stem } from "../shared/ask/stem.ts";
import type { Token } from "../shared/ask/tokens.ts";
import { type MadeQuestion, type MadeValue, plural } from "./making.ts";
import type { Choices } from "./random.ts";

/** A question as it was read, with the program that answers it. */
export interface ReadQuestion {
  readonly tokens: readonly Token[];
  readonly graph: SchemaGraph;
  readonly program: Program;
  readonly candidates: readonly ValueCandidate[];
}

export interface Pattern extends ReadQuestion {
  readonly steps: readonly Step[];
  /** Tables and columns that the program uses, in order of first use. */
  readonly tables: readonly number[];
  readonly columns: readonly number[];
  /** Where the question says each of them, and its values. */
  readonly spans: readonly Span[];
}

interface Span {
  readonly kind: "table" | "column" | "value";
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/** Undefined where the question leaves unsaid what would have to change with the schema. */
export function patternOf(question: ReadQuestion, links: NameLinks): Pattern | undefined {
  const { tokens, graph, program, candidates } = question;
  const steps = writeProgram(program);
  const used = (kind: Step["kind"]): number[] => [
    ...new Set(steps.flatMap((step) => (step.kind === kind && "at" in step ? [step.at] : []))),
  ];
  const [tables, columns, values] = [used("table"), used("column"), used("value")];
  const valueSpans = values.flatMap((at): Span[] => {
    const { start = -1, end = -1 } = candidates[at] ?? {};
    return start < 0 ? [] : [{ kind: "value", at, start, end }];
  });
  const free = (span: Span, among: readonly Span[]): boolean =>
    among.every((one) => span.end <= one.start || one.end <= span.start);
  const columnSpans = columns
    .flatMap((at) => runsOf("column", at, links.columns[at] ?? []))
    .filter((span) => free(span, valueSpans));
  const tableSpans = tables
    .flatMap((at) => runsOf("table", at, links.tables[at] ?? []))
    .filter((span) => free(span, [...valueSpans, ...columnSpans]));
  const spans = [...valueSpans, ...columnSpans, ...tableSpans].sort((a, b) => a.start - b.start);
  const distinct = spans.every((span, at) => span.end <= (spans[at + 1]?.start ?? tokens.length));
  const said = (kind: Span["kind"], at: number): boolean =>
    spans.some((span) => span.kind === kind && span.at === at);
  const isKey = (at: number): boolean =>
    graph.columns[at]?.primaryKey === true || graph.columns[at]?.foreignKey === true;
  const toldColumns = columns.every((at) => said("column", at) || isKey(at));
  const toldTables = tables.every(
    (at) =>
      said("table", at) ||
      columns.some((one) => said("column", one) && graph.columns[one]?.table === at) ||
      (tables.length > 2 && columns.every((one) => graph.columns[one]?.table !== at)),
  );
  const plainValues = values.every((at) => candidates[at]?.kind !== "period");
  return distinct && toldColumns && toldTables && plainValues && spans.length > 0
    ? { ...question, steps, tables, columns, spans }
    : undefined;
}

function runsOf(kind: "table" | "column", at: number, strengths: readonly number[]): Span[] {
  const runs: Span[] = [];
  strengths.forEach((strength, start) => {
    if (strength === match.whole) {
      const last = runs.at(-1);
      if (last?.end === start) {
        runs[runs.length - 1] = { ...last, end: start + 1 };
      } else {
        runs.push({ kind, at, start, end: start + 1 });
      }
    }
  });
  return runs;
}

/** Undefined where this schema has no such tables, columns or values, or chance chose badly. */
export function transfer(
  pattern: Pattern,
  graph: SchemaGraph,
  choices: Choices,
): MadeQuestion | undefined {
  const tables = mapTables(pattern, graph, choices);
  const columns = tables && mapColumns(pattern, graph, tables, choices);
  if (tables === undefined || columns === undefined) {
    return undefined;
  }
  const values = mapValues(pattern, graph, columns, choices);
  if (values === undefined) {
    return undefined;
  }
  const question = reword(pattern, (span) => {
    const { tokens } = pattern;
    if (span.kind === "value") {
      return values.get(span.at) ?? "";
    }
    const node =
      span.kind === "table"
        ? graph.tables[tables.get(span.at) ?? -1]
        : graph.columns[columns.get(span.at) ?? -1];
    const name = (node?.words ?? []).join(" ");
    const last = tokens[span.end - 1]?.lower ?? "";
    return stem(last) === last ? stemmed(name) : plural(stemmed(name));
  });
  const order = [...values.keys()];
  const position = {
    column: (at: number) => columns.get(at),
    table: (at: number) => tables.get(at),
    value: (at: number) => order.indexOf(at),
  };
  const steps = pattern.steps.map(
    (step): Step =>
      step.kind === "word" ? step : { kind: step.kind, at: position[step.kind](step.at) ?? -1 },
  );
  const made = order.map((at): MadeValue => ({ text: values.get(at) ?? "" }));
  return { question, program: readProgram(inOrder(steps)), values: made };
}

function stemmed(name: string): string {
  return name.replace(/\p{L}+$/u, stem);
}

/** Programs name their tables in the order of the schema. */
function inOrder(steps: readonly Step[]): readonly Step[] {
  const sorted = [...steps];
  let start = 0;
  while (start < sorted.length) {
    let end = start;
    while (sorted[end]?.kind === "table") end += 1;
    const run = sorted.slice(start, end) as { readonly kind: "table"; readonly at: number }[];
    sorted.splice(start, run.length, ...run.sort((left, right) => left.at - right.at));
    start = end + 1;
  }
  return sorted;
}

function mapTables(
  { tables, graph: from }: Pattern,
  to: SchemaGraph,
  choices: Choices,
): ReadonlyMap<number, number> | undefined {
  const mapped = new Map<number, number>();
  const waiting = [...tables];
  while (waiting.length > 0) {
    const next =
      mapped.size === 0
        ? 0
        : waiting.findIndex((table) => [...mapped.keys()].some((one) => linked(from, one, table)));
    const table = waiting[next];
    if (table === undefined) {
      return undefined;
    }
    const taken = new Set(mapped.values());
    const fitting = to.tables.flatMap((_, at) =>
      !taken.has(at) &&
      [...mapped].every(
        ([one, its]) =>
          hasKey(from, one, table) === hasKey(to, its, at) &&
          hasKey(from, table, one) === hasKey(to, at, its),
      )
        ? [at]
        : [],
    );
    if (fitting.length === 0) {
      return undefined;
    }
    mapped.set(table, choices.of(fitting));
    waiting.splice(next, 1);
  }
  return mapped;
}

function linked(graph: SchemaGraph, left: number, right: number): boolean {
  return hasKey(graph, left, right) || hasKey(graph, right, left);
}

function hasKey(graph: SchemaGraph, child: number, parent: number): boolean {
  return graph.keys.some((key) => key.child === child && key.parent === parent);
}

function mapColumns(
  pattern: Pattern,
  to: SchemaGraph,
  tables: ReadonlyMap<number, number>,
  choices: Choices,
): ReadonlyMap<number, number> | undefined {
  const { graph: from, columns } = pattern;
  const mapped = new Map<number, number>();
  const isLink = (graph: SchemaGraph, left: number, right: number): boolean =>
    graph.links.some(([child, parent]) => child === left && parent === right);
  for (const column of columns) {
    const own = from.columns[column] as GraphColumn;
    const table = to.tables[tables.get(own.table) ?? -1];
    const taken = new Set(mapped.values());
    const fitting = (table?.columns ?? []).filter((at) => {
      const its = to.columns[at] as GraphColumn;
      return (
        !taken.has(at) &&
        alike(own, its, pattern, column) &&
        [...mapped].every(
          ([one, other]) =>
            isLink(from, one, column) === isLink(to, other, at) &&
            isLink(from, column, one) === isLink(to, at, other),
        )
      );
    });
    if (fitting.length === 0) {
      return undefined;
    }
    mapped.set(column, choices.of(fitting));
  }
  return mapped;
}

const unmeasured = /(^|_)(id|code|number|no|phone|zip|year|key)$/i;

function alike(own: GraphColumn, its: GraphColumn, pattern: Pattern, column: number): boolean {
  const { steps } = pattern;
  const added = steps.some((step, at) => {
    const before = steps[at - 1];
    const isColumn = step.kind === "column" && step.at === column;
    return isColumn && before?.kind === "word" && /^(sum|avg)$/.test(before.word);
  });
  return (
    own.kind === its.kind &&
    own.primaryKey === its.primaryKey &&
    own.foreignKey === its.foreignKey &&
    its.words.every((word) => word.length > 1) &&
    !(added && unmeasured.test(its.info.name)) &&
    (own.categorical || own.kind !== "text" || !its.categorical)
  );
}

/** By position among the pattern's candidates, the texts that take their place. */
function mapValues(
  { steps, candidates, spans }: Pattern,
  graph: SchemaGraph,
  columns: ReadonlyMap<number, number>,
  choices: Choices,
): ReadonlyMap<number, string> | undefined {
  const texts = new Map<number, string>();
  let column: number | undefined;
  for (const step of steps) {
    if (step.kind === "column") {
      column = step.at;
    }
    if (step.kind !== "value" || texts.has(step.at)) {
      continue;
    }
    const candidate = candidates[step.at];
    const stored = column !== undefined && candidate?.stored.has(column) === true;
    const known = graph.columns[columns.get(column ?? -1) ?? -1]?.info.values ?? [];
    const own = known.filter((one) => one.length <= 30 && !/["\n]/.test(one));
    const said = spans.some((span) => span.kind === "value" && span.at === step.at);
    if (candidate?.kind === "text" && stored) {
      if (own.length === 0) {
        return undefined;
      }
      texts.set(step.at, choices.of(own));
    } else {
      texts.set(step.at, candidate?.text ?? "");
    }
    if (!said && candidate?.kind !== "one") {
      return undefined;
    }
  }
  return texts;
}

function reword(pattern: Pattern, say: (span: Span) => string): string {
  const { tokens, spans } = pattern;
  const parts: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const span = spans.find((one) => one.start === at);
    const token = tokens[at] as Token;
    const text = span === undefined ? token.text : say(span);
    parts.push(token.kind === "quoted" ? `"${text}"` : text);
    at = span === undefined ? at : span.end - 1;
  }
  return parts.join(" ").replace(/ ([?.,!])/g, "$1");
}
